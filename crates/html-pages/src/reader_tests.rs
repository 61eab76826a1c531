use super::*;

fn whole(html: &str) -> Page {
    Rules::default().read(html, Region::WholeBody)
}

fn check(html: &str, expect: &str) {
    assert_eq!(whole(html).content, expect, "{html}");
}

fn metas(page: &Page) -> Vec<(&str, &str)> {
    page.metas.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect()
}

#[test]
fn text_is_decoded_and_blocks_are_kept_apart() {
    check("<p>Fees &amp; <b>dead</b>lines<p>next<nav>menu</nav>", "Fees & deadlines\nnext");
    check("<dl><dt>a<dd>b</dl><table><tr><td>c<td>d</table>", "a\nb\nc\nd");
    check("one<br>two<span>three</span>", "one\ntwothree");
}

#[test]
fn what_is_no_content_is_left_out() {
    check(
        "<head><title>t</title></head><body>a<script>b</script><style>c</style><form>d</form>\
         <label>e</label><svg><text>f</text></svg><footer>g</footer><template>h</template>i",
        "a\ni",
    );
}

#[test]
fn a_marked_body_leaves_the_rest_out() {
    let html = "<body>top<main data-pagefind-body>in<i data-pagefind-ignore>no</i></main>end";
    let page = Rules::default().read(html, Region::MarkedBody);
    assert_eq!((page.content.as_str(), page.has_marked_body), ("in", true));
    let page = Rules::default().read("<body>nothing marked", Region::MarkedBody);
    assert_eq!((page.content.as_str(), page.has_marked_body), ("", false));
}

#[test]
fn several_marked_bodies_are_one_text() {
    let html = "<p data-pagefind-body>one</p><p>two</p><p data-pagefind-body>three</p>";
    assert_eq!(Rules::default().read(html, Region::MarkedBody).content, "one\nthree");
}

#[test]
fn what_is_ignored_still_gives_values_unless_all_of_it_is() {
    let page = whole(
        "<body><aside data-pagefind-ignore><h1>Title</h1><p data-pagefind-meta=a>b</p>\
         <i data-pagefind-filter='c'>d</i></aside>\
         <aside data-pagefind-ignore=all><p data-pagefind-meta=x>y</p></aside>text",
    );
    assert_eq!(metas(&page), [("a", "b"), ("title", "Title")]);
    assert_eq!(page.filters["c"], ["d"]);
    assert_eq!(page.content, "text");
    assert_eq!(whole("<p data-pagefind-ignore=some>a</p>").faults.len(), 1);
}

#[test]
fn an_ignored_paragraph_without_an_end_tag_ends_where_the_next_begins() {
    check("<body><p data-pagefind-ignore>no<p>yes</body>", "yes");
    check("<ul><li data-pagefind-ignore>no<ul><li>no</ul><li>yes</ul>", "yes");
}

#[test]
fn metas_are_found_in_all_their_forms() {
    let page = whole(
        "<head><meta property=og:image content=/s.png data-pagefind-default-meta='image[content], \
         kind:page'></head><h1>Hello <em>you</em><a data-pagefind-ignore>#</a></h1>\
         <img src=/a.png alt='An A' data-pagefind-meta='hero[src], hero_alt[alt], date:2022-06-01'>\
         <span data-pagefind-meta=author> A.  Author </span>",
    );
    assert_eq!(
        metas(&page),
        [
            ("author", "A. Author"),
            ("date", "2022-06-01"),
            ("hero", "/a.png"),
            ("hero_alt", "An A"),
            ("image", "/a.png"),
            ("image_alt", "An A"),
            ("kind", "page"),
            ("title", "Hello you"),
        ]
    );
}

#[test]
fn titles_come_from_meta_then_heading_then_head() {
    assert_eq!(whole("<head><title>A &lt; B</title></head>x").title(), "A < B");
    assert_eq!(whole("<title>t</title><h1>h</h1>").title(), "h");
    assert_eq!(whole("<h1>h</h1><p data-pagefind-meta=title>m</p>").title(), "m");
    assert_eq!(whole("<svg><title>no</title></svg><p>x").title(), "");
}

#[test]
fn a_picture_before_the_heading_is_not_the_pages() {
    let page = whole("<img src=logo.png><h1>h</h1><img src=a.png alt='x &amp; y'>");
    assert_eq!(page.metas["image"], "a.png");
    assert_eq!(page.metas["image_alt"], "x & y");
    let own = whole("<h1>h</h1><img src=a.png alt=x><i data-pagefind-meta='image:b.png'>");
    assert_eq!((own.metas["image"].as_str(), own.metas.get("image_alt")), ("b.png", None));
}

#[test]
fn filters_have_several_values_and_sorts_one() {
    let page = whole(
        "<h1 data-tag=x data-pagefind-filter='heading, tag[data-tag], tag:y' \
         data-pagefind-sort='date:2020-01-01'>H</h1><i data-pagefind-filter=tag>y</i>\
         <i data-pagefind-sort=date>2021-01-01</i><i data-pagefind-filter=any:z>",
    );
    assert_eq!(page.filters["heading"], ["H"]);
    assert_eq!(page.filters["tag"], ["x", "y"]);
    assert_eq!(page.sorts["date"], "2021-01-01");
    assert!(!page.filters.contains_key("any"));
    assert_eq!(page.faults.len(), 1);
}

#[test]
fn weights_hold_for_their_words_and_the_inner_one_wins() {
    let page = whole(
        "<p>a b<p data-pagefind-weight=2>c <b data-pagefind-weight=0.5>d</b> e<p>f\
         <p data-pagefind-weight=99>g<p data-pagefind-weight=x>h",
    );
    assert_eq!(page.content, "a b\nc d e\nf\ng\nh");
    let runs: Vec<_> = page.weights.iter().map(|run| (run.start, run.end, run.weight)).collect();
    assert_eq!(runs, [(2, 3, 2.0), (3, 4, 0.5), (4, 5, 2.0), (6, 7, 10.0)]);
    assert_eq!(page.faults, ["data-pagefind-weight=\"x\""]);
}

#[test]
fn attributes_are_text_where_asked_for() {
    check(
        "a<img title=T alt='An &quot;A&quot;' data-pagefind-index-attrs='title, alt'>b",
        "a\nT\nAn \"A\"\nb",
    );
    check("<nav><img alt=A data-pagefind-index-attrs=alt></nav>b", "b");
}

#[test]
fn headings_have_anchors_of_their_own_or_of_their_section() {
    let page = whole(
        "<h1 id=top>T</h1>a b<h2 id=fees>Fees <a class=headerlink href=#fees>¶</a></h2>c\
         <section id=law><h3>The law</h3>d</section><div id=x>e<h4>no link</h4></div>\
         <h5><a id=in></a>inner</h5><nav><h2 id=menu>menu</h2></nav>",
    );
    let anchors: Vec<_> =
        page.anchors.iter().map(|a| (a.level, a.id.as_str(), a.text.as_str(), a.word)).collect();
    assert_eq!(
        anchors,
        [
            (1, "top", "T", 0),
            (2, "fees", "Fees", 3),
            (3, "law", "The law", 5),
            (5, "in", "inner", 11),
        ]
    );
    assert_eq!(page.headings, ["Fees", "The law", "no link", "inner"]);
    assert_eq!(page.content, "T\na b\nFees\nc\nThe law\nd\ne\nno link\ninner");
    assert_eq!(page.words, 12);
}

#[test]
fn the_language_is_the_pages_own() {
    assert_eq!(whole("<html lang=zh-CN><body>x").lang.as_deref(), Some("zh-cn"));
    assert_eq!(whole("<html lang=''>").lang, None);
    assert_eq!(whole("<p lang=fr>x").lang, None);
}

#[test]
fn selectors_of_the_sites_own_bound_and_thin_the_page() {
    let rules = Rules::new(Some("#app"), &[".aside, blockquote > span".into()]).unwrap();
    let page = rules.read(
        "<html lang=en><h1>no</h1><i data-pagefind-meta=a:b></i><div id=app>yes\
         <p class=aside>no</p><blockquote>q<span>no</span></blockquote>\
         <i data-pagefind-meta=c:d></i></div>no",
        Region::WholeBody,
    );
    assert_eq!(page.content, "yes\nq");
    assert_eq!(metas(&page), [("c", "d")]);
    assert_eq!(page.lang.as_deref(), Some("en"));
    assert!(Rules::new(None, &["a[".into()]).unwrap_err().to_string().contains("`a[`"));
}

#[test]
fn broken_html_gives_what_can_be_read() {
    check("<p>a</div></span>b<", "ab<");
    check("<b><i>a</b>b</i>c", "abc");
    check("<!-- <p>no --><p>yes<!--", "yes");
    check("<p title='unclosed>a", "");
    check("\u{0}a\u{1}b", "ab");
    let deep = "<div>".repeat(50_000) + "x";
    check(&deep, "x");
}
