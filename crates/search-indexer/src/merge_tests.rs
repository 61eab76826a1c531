use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::Document;
use crate::gather::gather;

fn documents() -> impl Strategy<Value = Vec<Document>> {
    let word = || prop_oneof!["[a-d]{1,2}", "[a-c]-[0-9]{1,2}", "[专利口罩]{1,3}"];
    let text = move || vec(word(), 0..8).prop_map(|words| words.join(" "));
    let field = prop_oneof![Just("tx"), Just("ipc"), Just("zz"), Just("yy"), Just("num")];
    let document = (
        ("[zhen]{1}", "[gr]", "[xy]{0,1}", proptest::option::of("20[0-2]0-0[1-3]")),
        (text(), vec((field, vec(text(), 0..3)), 0..4), vec("[A-B][0-9]{1,3}", 0..2)),
        (vec(("f[xyz]", word()), 0..3), vec(("[n-p]", text()), 0..2), text()),
    );
    vec(document, 0..40).prop_map(|documents| {
        let make = |(
            i,
            ((lang, kind, collection, date), (title, fields, exact), (facets, card, text)),
        )| Document {
            id: format!("{:03}", i * 7 % 41),
            url: format!("/{i}/"),
            lang,
            kind,
            collection,
            date,
            title,
            exact,
            facets,
            card,
            text,
            fields: Vec::<(&str, Vec<String>)>::into_iter(fields)
                .map(|(name, values)| (name.to_owned(), values))
                .collect(),
        };
        documents.into_iter().enumerate().map(make).collect()
    })
}

type Everything =
    (Vec<String>, Vec<MergedTerm>, Vec<FieldOptions>, Vec<Vec<Name>>, Vec<(u32, u32)>);

fn everything(documents: &[Document], batch: usize, options: &IndexOptions) -> Everything {
    let batches = documents.chunks(batch);
    let gathered = gather(batches, <[Document]>::to_vec, options).unwrap();
    let merge = Merge::new(gathered, options).unwrap();
    let mut seen = Vec::new();
    let numbering = merge.documents(|number, record| {
        seen.push(format!("{number} {record:?}"));
        Ok(())
    });
    let numbering = numbering.unwrap();
    let mut terms = Vec::new();
    merge
        .terms(&numbering, |more| {
            terms.extend(more);
            Ok(())
        })
        .unwrap();
    let Merge { langs, kinds, collections, card_names, facet_names, fields, .. } = merge;
    (seen, terms, fields, vec![langs, kinds, collections, card_names, facet_names], numbering.twins)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn runs_do_not_show_in_what_is_merged(
        documents in documents(), batch in 1_usize..9, memory_bytes in 0_u64..60_000, threads in 1_usize..4,
        seed in 0_usize..40,
    ) {
        let whole = IndexOptions { threads: Some(1), ..IndexOptions::default() };
        let expected = everything(&documents, 64, &whole);
        let mut turned = documents.clone();
        turned.rotate_left(seed % documents.len().max(1));
        let options = IndexOptions { threads: Some(threads), memory_bytes, ..IndexOptions::default() };
        prop_assert_eq!(everything(&turned, batch, &options), expected);
    }
}
