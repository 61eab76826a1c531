//! The 29 bibliographic items of a patent document and their INID codes (WIPO Standard ST.9).

/// One bibliographic item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// 1 to 29, the order in which they are shown.
    pub number: u8,
    /// INID code of ST.9.
    pub inid: &'static str,
    /// Chinese name.
    pub zh: &'static str,
    /// English name.
    pub en: &'static str,
}

const fn item(number: u8, inid: &'static str, zh: &'static str, en: &'static str) -> Item {
    Item { number, inid, zh, en }
}

/// The 29 items in the order of their numbers.
pub const ITEMS: [Item; 29] = [
    item(1, "11", "公开（公告）号", "Publication number"),
    item(2, "12", "文献种类", "Kind of document"),
    item(3, "13", "文献种类代码", "Kind code"),
    item(4, "15", "更正信息", "Correction"),
    item(5, "19", "公布机构", "Office"),
    item(6, "21", "申请号", "Application number"),
    item(7, "22", "申请日", "Filing date"),
    item(8, "31", "优先权号", "Priority number"),
    item(9, "32", "优先权日", "Priority date"),
    item(10, "33", "优先权国家/地区", "Priority country or region"),
    item(11, "43", "申请公布日", "Date of publication of the application"),
    item(12, "45", "授权公告日", "Date of grant publication"),
    item(13, "48", "更正文献出版日", "Date of corrected publication"),
    item(14, "51", "国际分类", "International classification"),
    item(15, "52", "联合专利分类或国内分类", "CPC or domestic classification"),
    item(16, "54", "发明名称", "Title"),
    item(17, "56", "对比文件", "Citations"),
    item(18, "57", "摘要", "Abstract"),
    item(19, "62", "分案原申请数据", "Divided from"),
    item(20, "65", "同一申请的已公布文献号", "Earlier publication of the same application"),
    item(21, "66", "本国优先权数据", "Domestic priority"),
    item(22, "71", "申请人", "Applicant"),
    item(23, "72", "发明人", "Inventor"),
    item(24, "73", "专利权人", "Owner"),
    item(25, "74", "代理机构及代理师", "Agency and agent"),
    item(26, "83", "生物保藏信息", "Deposit of biological material"),
    item(27, "85", "PCT进入国家阶段日", "PCT national phase date"),
    item(28, "86", "PCT申请数据", "PCT filing data"),
    item(29, "87", "PCT公布数据", "PCT publication data"),
];

/// Every INID code of ST.9, headings (multiples of ten) included: a field may carry any of them.
const INID_CODES: [&str; 66] = [
    "10", "11", "12", "13", "15", "19", "20", "21", "22", "23", "24", "25", "26", "27", "30", "31",
    "32", "33", "34", "40", "41", "42", "43", "44", "45", "46", "47", "48", "50", "51", "52", "53",
    "54", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "67", "68", "70", "71", "72",
    "73", "74", "75", "76", "80", "81", "83", "84", "85", "86", "87", "88", "91", "92", "93", "94",
    "95", "96",
];

/// The item with this INID code, if it is one of the 29.
pub fn item_by_inid(inid: &str) -> Option<&'static Item> {
    ITEMS.iter().find(|item| item.inid == inid)
}

/// Whether ST.9 knows the code.
pub(crate) fn is_inid(code: &str) -> bool {
    INID_CODES.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_numbered_in_order_and_known_to_st9() {
        for (at, item) in ITEMS.iter().enumerate() {
            assert_eq!(usize::from(item.number), at + 1);
            assert!(is_inid(item.inid), "{}", item.inid);
        }
        assert!(ITEMS.windows(2).all(|pair| pair[0].inid < pair[1].inid));
    }

    #[test]
    fn codes_ascend_without_repetition() {
        assert!(INID_CODES.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
