//! Faults and attacks between origin and mirror, each injected for real on loopback.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod support;

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use release::{Authenticity, Origin, ReleaseError, TrustSource, VerifyOptions, mirror, verify};
use support::{Act, Publisher, Server, big, days_later, impatient, response};

/// The path most faults are put on.
const BIG: &str = "big.bin";

/// Holds that a pull failed and that nothing is served.
fn assert_refused(
    publisher: &Publisher,
    result: Result<release::Mirrored, ReleaseError>,
) -> String {
    let error = result.expect_err("the pull must be refused").to_string();
    assert!(!publisher.mirror_dir().join("current").exists(), "{error}");
    error
}

#[test]
fn a_site_is_mirrored_from_a_folder_and_from_a_server() {
    let publisher = Publisher::new();
    let first = publisher.pull().unwrap();
    assert_eq!((first.files, first.fetched_files, first.is_switched), (6, 5, true));
    publisher.assert_mirrored();
    let again = publisher.pull().unwrap();
    assert_eq!((again.fetched_files, again.is_switched), (0, false));

    let server = Server::good(publisher.site());
    fs::remove_dir_all(publisher.mirror_dir()).unwrap();
    publisher.pull_from(&server.url).unwrap();
    publisher.assert_mirrored();
}

#[test]
fn only_what_changed_is_fetched() {
    let publisher = Publisher::new();
    publisher.pull().unwrap();
    publisher.put("index.html", b"<p>new home");
    publisher.sign(2);
    let server = Server::good(publisher.site());
    let second = publisher.pull_from(&server.url).unwrap();
    assert_eq!((second.fetched_files, second.sequence), (1, 2));
    publisher.assert_mirrored();
    let paths: Vec<String> = server.asked().into_iter().map(|ask| ask.path).collect();
    assert_eq!(paths, ["woodblock/release.json", "woodblock/manifest.json", "index.html"]);
}

#[test]
fn a_mirror_can_be_mirrored() {
    let publisher = Publisher::new();
    publisher.pull().unwrap();
    let second = publisher.dir.path().join("second");
    let origin = Origin::parse(publisher.mirror_dir().to_str().unwrap()).unwrap();
    mirror(&origin, &second, &publisher.trust(), &impatient(support::NOW)).unwrap();
    assert_eq!(support::tree(&second.join("current")), publisher.published());
}

// Row 1.
#[test]
fn a_flipped_bit_is_refused_and_the_next_source_taken() {
    let publisher = Publisher::new();
    let flip = |ask: &support::Ask| {
        if ask.path != BIG {
            return Act::Serve;
        }
        let mut bytes = big(1);
        bytes[100_000] ^= 1;
        Act::Raw(response("200 OK", "", &bytes))
    };
    let bad = Server::start(publisher.site(), flip);
    let error = assert_refused(&publisher, publisher.pull_from(&bad.url));
    assert!(error.contains("big.bin") && error.contains("SHA-256"), "{error}");

    let good = Server::good(publisher.site());
    let mut options = impatient(support::NOW);
    options.other_sources = vec![Origin::parse(&good.url).unwrap()];
    publisher.pull_with(&bad.url, &options).unwrap();
    publisher.assert_mirrored();
    assert_eq!(good.asked().len(), 1, "only what the first source could not give");
}

// Row 2.
#[test]
fn a_body_cut_short_is_taken_up_where_it_stopped() {
    let publisher = Publisher::new();
    let cut = |ask: &support::Ask| match (ask.path.as_str(), ask.range) {
        (BIG, None) => {
            let mut whole = response("200 OK", "", &big(1));
            whole.truncate(whole.len() - 50_000);
            Act::Raw(whole)
        }
        _ => Act::Serve,
    };
    let server = Server::start(publisher.site(), cut);
    publisher.pull_from(&server.url).unwrap();
    publisher.assert_mirrored();
    assert_eq!(server.ranges(BIG), [None, Some(150_000)]);
}

// Row 2.
#[test]
fn a_content_length_that_lies_is_refused() {
    let publisher = Publisher::new();
    for said in [big(1).len() - 1, big(1).len() + 1] {
        let server = Server::start(publisher.site(), move |ask| {
            if ask.path != BIG {
                return Act::Serve;
            }
            let head =
                format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {said}\r\n\r\n");
            Act::Raw([head.as_bytes(), &big(1)].concat())
        });
        let error = assert_refused(&publisher, publisher.pull_from(&server.url));
        assert!(error.contains(BIG), "{error}");
    }
}

// Row 3.
#[test]
fn an_endless_body_is_stopped_at_the_manifests_length() {
    let publisher = Publisher::new();
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    let server = Server::start(publisher.site(), move |ask| {
        if ask.path != "index.html" && ask.path != "copy.html" {
            return Act::Serve;
        }
        let count = Arc::clone(&count);
        Act::Do(Box::new(move |stream| endless(stream, &count)))
    });
    let error = assert_refused(&publisher, publisher.pull_from(&server.url));
    assert!(error.contains("more than 7 bytes"), "{error}");
    assert!(sent.load(Ordering::Relaxed) < 64 << 20);
}

fn endless(stream: &mut TcpStream, count: &AtomicUsize) {
    let mut write = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
    while write.is_ok() && count.fetch_add(4096, Ordering::Relaxed) < 64 << 20 {
        write = stream.write_all(&[b'x'; 4096]);
    }
}

// Row 3.
#[test]
fn endless_metadata_is_stopped_at_its_cap() {
    let publisher = Publisher::new();
    for path in ["woodblock/release.json", "woodblock/manifest.json"] {
        let server = Server::start(publisher.site(), move |ask| {
            if ask.path != path {
                return Act::Serve;
            }
            Act::Do(Box::new(|stream| endless(stream, &AtomicUsize::new(0))))
        });
        let error = assert_refused(&publisher, publisher.pull_from(&server.url));
        assert!(error.contains("refused") || error.contains("SHA-256"), "{error}");
    }
}

// Row 4.
#[test]
fn a_byte_a_second_is_too_slow_and_so_is_silence() {
    let publisher = Publisher::new();
    for drip in [true, false] {
        let done = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&done);
        let server = Server::start(publisher.site(), move |ask| {
            if ask.path != BIG {
                return Act::Serve;
            }
            let end = Arc::clone(&end);
            Act::Do(Box::new(move |stream| slowly(stream, drip, &end)))
        });
        let began = Instant::now();
        let error = assert_refused(&publisher, publisher.pull_from(&server.url));
        done.store(true, Ordering::Relaxed);
        assert!(error.contains(BIG), "{error}");
        assert!(began.elapsed() < Duration::from_secs(30), "took {:?}", began.elapsed());
    }
}

fn slowly(stream: &mut TcpStream, drip: bool, end: &AtomicBool) {
    let len = big(1).len();
    let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {len}\r\n\r\n");
    let mut write = stream.write_all(head.as_bytes());
    for byte in big(1) {
        if write.is_err() || end.load(Ordering::Relaxed) {
            return;
        }
        thread::sleep(Duration::from_millis(200));
        if drip {
            write = stream.write_all(&[byte]);
        }
    }
}

// Row 5.
#[test]
fn an_older_release_is_refused() {
    let publisher = Publisher::new();
    publisher.put("index.html", b"<p>second");
    publisher.sign(2);
    publisher.pull().unwrap();
    let served = publisher.served();
    publisher.put("index.html", b"<p>home");
    publisher.sign(1);
    let error = publisher.pull().unwrap_err();
    assert!(matches!(error, ReleaseError::Rollback { held: 2, offered: 1 }), "{error}");
    assert_eq!(publisher.served(), served);
}

#[test]
fn other_contents_under_the_same_sequence_are_refused() {
    let publisher = Publisher::new();
    publisher.pull().unwrap();
    let served = publisher.served();
    publisher.put("index.html", b"<p>something else");
    publisher.sign(1);
    let error = publisher.pull().unwrap_err();
    assert!(matches!(error, ReleaseError::Equivocation { sequence: 1, .. }), "{error}");
    assert_eq!(publisher.served(), served);
}

// Rows 7 and 14.
#[test]
fn past_its_date_updates_stop_and_reads_go_on() {
    let publisher = Publisher::new();
    publisher.pull().unwrap();
    let origin = publisher.site();
    let at = |days| publisher.pull_with(origin.to_str().unwrap(), &impatient(days_later(days)));
    assert!(matches!(at(8).unwrap_err(), ReleaseError::Expired { .. }));
    assert!(matches!(at(-365).unwrap_err(), ReleaseError::Clock { .. }));
    publisher.assert_mirrored();
    let options = VerifyOptions { now: days_later(8), trust: None };
    let report = verify(&publisher.mirror_dir(), &options).unwrap();
    assert!(report.is_whole());
    assert!(matches!(report.authenticity, Authenticity::Signed { is_expired: true, .. }));
}

// Row 9.
#[test]
fn another_publisher_is_refused() {
    let (publisher, other) = (Publisher::new(), Publisher::new());
    publisher.pull().unwrap();
    let error = publisher.pull_from(other.site().to_str().unwrap()).unwrap_err();
    assert!(matches!(error, ReleaseError::Signature { .. }), "{error}");
    let origin = Origin::parse(publisher.site().to_str().unwrap()).unwrap();
    let error = mirror(&origin, &publisher.mirror_dir(), &other.trust(), &impatient(support::NOW));
    assert!(matches!(error.unwrap_err(), ReleaseError::TrustChanged { .. }));
    publisher.assert_mirrored();
}

#[test]
fn trust_comes_from_a_file_or_from_an_explicit_first_use() {
    let publisher = Publisher::new();
    let origin = Origin::parse(publisher.site().to_str().unwrap()).unwrap();
    let pull = |trust| mirror(&origin, &publisher.mirror_dir(), &trust, &impatient(support::NOW));
    assert!(matches!(pull(TrustSource::Kept).unwrap_err(), ReleaseError::NoTrust { .. }));
    let first = pull(TrustSource::FirstUse).unwrap();
    assert!(first.is_first_use);
    assert_eq!(first.fingerprint.len(), 71, "eight groups of eight digits");
    let second = pull(TrustSource::Kept).unwrap();
    assert!(!second.is_first_use);
    assert_eq!(second.fingerprint, first.fingerprint);
}

// Row 16.
#[test]
fn planted_links_are_refused() {
    let publisher = Publisher::new();
    publisher.pull().unwrap();
    let objects = publisher.mirror_dir().join("objects");
    let folder = fs::read_dir(&objects).unwrap().next().unwrap().unwrap().path();
    let object = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let elsewhere = publisher.dir.path().join("elsewhere");
    fs::rename(&object, &elsewhere).unwrap();
    symlink(&elsewhere, &object).unwrap();
    let error = publisher.pull().unwrap_err();
    assert!(matches!(&error, ReleaseError::Link { path } if *path == object), "{error}");

    fs::remove_file(&object).unwrap();
    fs::rename(&elsewhere, &object).unwrap();
    fs::rename(&folder, &elsewhere).unwrap();
    symlink(&elsewhere, &folder).unwrap();
    let error = publisher.pull().unwrap_err();
    assert!(matches!(&error, ReleaseError::Link { path } if *path == folder), "{error}");
    publisher.assert_mirrored();
}

// Row 16.
#[test]
fn a_link_where_a_part_is_gathered_is_refused() {
    let publisher = Publisher::new();
    let manifest = release::Manifest::read(&publisher.site()).unwrap();
    let incoming = publisher.mirror_dir().join("incoming");
    fs::create_dir_all(&incoming).unwrap();
    let victim = publisher.dir.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, incoming.join(format!("{}.part", manifest.files()[0].sha256))).unwrap();
    let error = assert_refused(&publisher, publisher.pull());
    assert!(error.contains("symbolic link"), "{error}");
    assert_eq!(fs::read_to_string(victim).unwrap(), "precious");
}

#[test]
fn a_folder_of_something_else_is_left_alone() {
    let publisher = Publisher::new();
    fs::create_dir_all(publisher.mirror_dir()).unwrap();
    fs::write(publisher.mirror_dir().join("thesis.txt"), "years of work").unwrap();
    let error = publisher.pull().unwrap_err();
    assert!(matches!(error, ReleaseError::NotAMirror { .. }), "{error}");
    assert_eq!(fs::read_dir(publisher.mirror_dir()).unwrap().count(), 1);
}

// Row 21.
#[test]
fn the_second_of_two_pulls_says_so_and_exits() {
    let publisher = Arc::new(Publisher::new());
    let (first, second) = (Arc::clone(&publisher), Arc::clone(&publisher));
    let seen = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&seen);
    let mut options = impatient(support::NOW);
    options.progress = Some(Arc::new(move |_| {
        if !told.swap(true, Ordering::Relaxed) {
            let error = second.pull().unwrap_err();
            assert!(matches!(error, ReleaseError::Locked { .. }), "{error}");
        }
    }));
    first.pull_with(first.site().to_str().unwrap(), &options).unwrap();
    assert!(seen.load(Ordering::Relaxed));
    publisher.assert_mirrored();
}

// Row 22.
#[test]
fn a_release_published_in_mid_pull_is_taken_whole() {
    let publisher = Arc::new(Publisher::new());
    let (inside, once) = (Arc::clone(&publisher), AtomicBool::new(false));
    let server = Server::start(publisher.site(), move |ask| {
        if ask.path == BIG && !once.swap(true, Ordering::Relaxed) {
            inside.put(BIG, &big(2));
            inside.put("index.html", b"<p>new home");
            inside.sign(2);
        }
        Act::Serve
    });
    let mirrored = publisher.pull_from(&server.url).unwrap();
    assert_eq!(mirrored.sequence, 2);
    publisher.assert_mirrored();
}

// Row 22.
#[test]
fn an_origin_that_never_rests_is_given_up() {
    let publisher = Arc::new(Publisher::new());
    let (inside, count) = (Arc::clone(&publisher), AtomicUsize::new(1));
    let server = Server::start(publisher.site(), move |ask| {
        if ask.path == BIG {
            let n = count.fetch_add(1, Ordering::Relaxed) + 1;
            inside.put(BIG, &big(u8::try_from(n).unwrap()));
            inside.sign(n as u64);
        }
        Act::Serve
    });
    let mut options = impatient(support::NOW);
    options.threads = 1;
    let error = publisher.pull_with(&server.url, &options).unwrap_err();
    assert!(matches!(error, ReleaseError::Restless { .. }), "{error}");
    assert!(!publisher.mirror_dir().join("current").exists());
}

// Row 23.
#[test]
fn error_pages_are_not_kept() {
    let publisher = Publisher::new();
    for status in ["404 Not Found", "200 OK", "503 Service Unavailable"] {
        let server = Server::start(publisher.site(), move |ask| match ask.path.as_str() {
            BIG => Act::Raw(response(status, "", b"<html>so sorry</html>")),
            _ => Act::Serve,
        });
        let error = assert_refused(&publisher, publisher.pull_from(&server.url));
        assert!(error.contains(BIG), "{error}");
    }
    publisher.pull().unwrap();
    publisher.assert_mirrored();
}

// Row 24.
#[test]
fn a_range_that_is_ignored_or_wrong_starts_the_file_over() {
    let wrong_total = |from: u64| format!("content-range: bytes {from}-199999/200001\r\n");
    let wrong_start = |_: u64| "content-range: bytes 0-199999/200000\r\n".to_owned();
    let answers: [Option<&(dyn Fn(u64) -> String + Sync)>; 3] =
        [None, Some(&wrong_total), Some(&wrong_start)];
    for answer in answers {
        let publisher = Publisher::new();
        leave_part(&publisher, &big(1)[..150_000]);
        let header = answer.map(|header| header(150_000));
        let server =
            Server::start(publisher.site(), move |ask| match (ask.path.as_str(), ask.range) {
                (BIG, Some(_)) => match &header {
                    None => Act::IgnoreRange,
                    Some(header) => {
                        Act::Raw(response("206 Partial Content", header, &big(9)[150_000..]))
                    }
                },
                _ => Act::Serve,
            });
        publisher.pull_from(&server.url).unwrap();
        publisher.assert_mirrored();
    }
}

// Row 24.
#[test]
fn a_part_of_another_day_starts_the_file_over() {
    for part in [&big(2)[..150_000], &big(2)[..], &vec![7; 300_000][..]] {
        let publisher = Publisher::new();
        leave_part(&publisher, part);
        let server = Server::good(publisher.site());
        publisher.pull_from(&server.url).unwrap();
        publisher.assert_mirrored();
    }
}

fn leave_part(publisher: &Publisher, bytes: &[u8]) {
    let manifest = release::Manifest::read(&publisher.site()).unwrap();
    let entry = manifest.files().iter().find(|entry| entry.path == BIG).unwrap();
    let incoming = publisher.mirror_dir().join("incoming");
    fs::create_dir_all(&incoming).unwrap();
    fs::write(incoming.join(format!("{}.part", entry.sha256)), bytes).unwrap();
}

// Row 25.
#[test]
fn redirects_off_the_host_are_refused() {
    let publisher = Publisher::new();
    let other = Server::good(publisher.site());
    let away = format!("{}big.bin", other.url);
    for location in [away.as_str(), "file:///etc/passwd", "//127.0.0.1:1/big.bin"] {
        let headers = format!("location: {location}\r\n");
        let server = Server::start(publisher.site(), move |ask| match ask.path.as_str() {
            BIG => Act::Raw(response("302 Found", &headers, b"")),
            _ => Act::Serve,
        });
        let error = assert_refused(&publisher, publisher.pull_from(&server.url));
        assert!(error.contains("off its host"), "{error}");
    }
    assert_eq!(other.asked(), [], "the other host was never asked");
    let server = Server::start(publisher.site(), |ask| match ask.path.as_str() {
        BIG => Act::Raw(response("301 Moved", "location: /copy-of/big.bin\r\n", b"")),
        "copy-of/big.bin" => Act::Raw(response("200 OK", "", &big(1))),
        _ => Act::Serve,
    });
    publisher.pull_from(&server.url).unwrap();
    publisher.assert_mirrored();
}

#[test]
fn redirects_in_a_circle_end() {
    let publisher = Publisher::new();
    let server = Server::start(publisher.site(), |ask| match ask.path.as_str() {
        BIG => Act::Raw(response("302 Found", "location: /big.bin\r\n", b"")),
        _ => Act::Serve,
    });
    let error = assert_refused(&publisher, publisher.pull_from(&server.url));
    assert!(error.contains("redirects more than"), "{error}");
}

// Row 26.
#[test]
fn an_encoded_body_is_refused() {
    let publisher = Publisher::new();
    let server = Server::start(publisher.site(), |ask| match ask.path.as_str() {
        BIG => Act::Raw(response("200 OK", "content-encoding: gzip\r\n", &big(1))),
        _ => Act::Serve,
    });
    let error = assert_refused(&publisher, publisher.pull_from(&server.url));
    assert!(error.contains("encoded as gzip"), "{error}");
}

// Row 29.
#[test]
fn rot_is_named_by_verify_and_healed_by_the_next_pull() {
    let publisher = Publisher::new();
    publisher.pull().unwrap();
    let current = fs::canonicalize(publisher.mirror_dir().join("current")).unwrap();
    let options = VerifyOptions { now: support::NOW, trust: None };
    assert!(verify(&publisher.mirror_dir(), &options).unwrap().is_whole());

    make_writable(&current.join(BIG));
    let mut bytes = big(1);
    bytes[42] ^= 0x10;
    fs::write(current.join(BIG), bytes).unwrap();
    fs::remove_file(current.join("faq/index.html")).unwrap();
    fs::write(current.join("stranger.html"), "hi").unwrap();
    fs::write(current.join("woodblock/manifest.json"), "{}").unwrap();
    let found = verify(&publisher.mirror_dir(), &options).unwrap();
    assert!(found.faults.iter().all(|fault| fault.path == "woodblock/manifest.json"), "{found:?}");
    fs::copy(
        publisher.site().join("woodblock/manifest.json"),
        current.join("woodblock/manifest.json"),
    )
    .unwrap();
    let paths = |found: &release::Verification| -> Vec<String> {
        found.faults.iter().map(|fault| fault.path.clone()).collect()
    };
    let found = verify(&publisher.mirror_dir(), &options).unwrap();
    assert_eq!(paths(&found), [BIG, "faq/index.html", "stranger.html"]);

    let mirrored = publisher.pull().unwrap();
    assert_eq!(mirrored.healed, [BIG, "faq/index.html", "stranger.html"]);
    assert_eq!(mirrored.fetched_files, 1, "only the rotten object came over the wire");
    publisher.assert_mirrored();
    assert!(verify(&publisher.mirror_dir(), &options).unwrap().is_whole());
    assert!(!current.exists(), "the rotten tree is gone");
    assert!(!publisher.pull().unwrap().is_switched);
}

fn make_writable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
}

#[test]
fn every_signed_file_that_is_tampered_with_is_named_and_healed() {
    let publisher = Publisher::new();
    publisher.pull().unwrap();
    let options = VerifyOptions { now: support::NOW, trust: None };
    for path in ["woodblock/release.json", "woodblock/trust.json", "woodblock/manifest.json"] {
        let file = publisher.mirror_dir().join("current").join(path);
        let mut bytes = fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&file, bytes).unwrap();
        let found = verify(&publisher.mirror_dir(), &options).unwrap();
        assert!(found.faults.iter().any(|fault| fault.path == path), "{path}: {found:?}");
        assert_eq!(publisher.pull().unwrap().healed, [path]);
        assert!(verify(&publisher.mirror_dir(), &options).unwrap().is_whole());
    }
}

#[test]
fn a_lost_tree_is_linked_anew_without_fetching() {
    let publisher = Publisher::new();
    publisher.pull().unwrap();
    let tree = fs::canonicalize(publisher.mirror_dir().join("current")).unwrap();
    fs::remove_dir_all(tree).unwrap();
    let mirrored = publisher.pull().unwrap();
    assert_eq!((mirrored.fetched_files, mirrored.is_switched), (0, true));
    publisher.assert_mirrored();
}
