//! Made-up applicants and inventors.

use super::chance::Chance;

const SYLLABLES: [&str; 24] = [
    "nor", "vek", "lum", "tar", "quo", "sel", "bri", "fan", "dor", "mix", "ael", "zon", "kir",
    "pal", "ost", "ren", "gav", "hul", "ion", "jet", "wes", "yar", "cob", "umb",
];
const SECTORS: [&str; 12] = [
    "Systems",
    "Industries",
    "Technologies",
    "Materials",
    "Instruments",
    "Laboratories",
    "Energy",
    "Medical",
    "Electronics",
    "Chemicals",
    "Motors",
    "University",
];
const FORMS: [&str; 6] = ["Ltd", "Inc", "GmbH", "Corp", "Co Ltd", "SA"];
const HAN: [&str; 30] = [
    "华", "瑞", "科", "达", "新", "盛", "恒", "远", "中", "博", "信", "安", "泰", "创", "联", "宏",
    "德", "佳", "康", "通", "金", "海", "天", "星", "龙", "润", "源", "凯", "鑫", "捷",
];
const HAN_SECTORS: [&str; 12] = [
    "电子科技",
    "生物医药",
    "智能装备",
    "新材料",
    "精密机械",
    "环保工程",
    "信息技术",
    "汽车零部件",
    "化工",
    "医疗器械",
    "能源",
    "食品",
];
const SURNAMES: [&str; 24] = [
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭",
    "何", "林", "高", "罗", "郑", "梁", "谢", "宋",
];
const GIVEN: [&str; 32] = [
    "伟", "芳", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超",
    "霞", "平", "刚", "桂", "文", "辉", "玲", "建", "国", "志", "晓", "海", "宇", "思", "嘉", "子",
];

fn part<'a>(of: &[&'a str], rest: &mut u64) -> &'a str {
    let part = of[usize::try_from(*rest % of.len() as u64).unwrap_or(0)];
    *rest /= of.len() as u64;
    part
}

/// A company; the same few apply often, as in life.
pub(super) fn applicant(chinese: bool, known: u64, chance: &mut Chance) -> String {
    let mut rest = chance.rank(known.max(50), 4);
    let mut name = String::new();
    if chinese {
        let sector = part(&HAN_SECTORS, &mut rest);
        name.push_str(part(&HAN, &mut rest));
        name.push_str(part(&HAN, &mut rest));
        while rest > 0 {
            name.push_str(part(&HAN, &mut rest));
        }
        return name + sector + "有限公司";
    }
    let (sector, form) = (part(&SECTORS, &mut rest), part(&FORMS, &mut rest));
    let (first, second) = (part(&SYLLABLES, &mut rest), part(&SYLLABLES, &mut rest));
    name.push_str(&first[..1].to_uppercase());
    name.push_str(&first[1..]);
    name.push_str(second);
    while rest > 0 {
        name.push_str(part(&SYLLABLES, &mut rest));
    }
    name + " " + sector + " " + form
}

/// A person.
pub(super) fn inventor(chinese: bool, chance: &mut Chance) -> String {
    if chinese {
        let mut name = SURNAMES[usize::try_from(chance.rank(24, 2)).unwrap_or(0)].to_owned();
        name.push_str(chance.pick::<&str>(&GIVEN));
        if chance.percent(75) {
            name.push_str(chance.pick::<&str>(&GIVEN));
        }
        return name;
    }
    let mut name = String::new();
    for syllables in [2, 1] {
        for _ in 0..syllables + chance.below(2) {
            name.push_str(chance.pick::<&str>(&SYLLABLES));
        }
        name.push(' ');
    }
    name.trim_end().to_uppercase()
}
