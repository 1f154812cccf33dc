use super::*;
use proptest::prelude::*;
use std::collections::HashSet;

fn of(address: &str, content_type: Option<&str>, file_name: Option<&str>) -> Vec<&'static str> {
    let url = CanonicalUrl::parse(address).unwrap();
    let kinds = DownloadKind::of(&url, content_type, file_name);
    kinds.iter().map(DownloadKind::name).collect()
}

#[test]
fn names_are_stable_and_distinct() {
    let names: HashSet<_> = DownloadKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(names.len(), DownloadKind::ALL.len());
    for kind in DownloadKind::ALL {
        assert_eq!(DownloadKind::from_name(kind.name()), Some(kind));
        let json = serde_json::to_string(&kind).unwrap();
        assert_eq!(json, format!("\"{kind}\""));
        assert_eq!(serde_json::from_str::<DownloadKind>(&json).unwrap(), kind);
        let alone = DownloadKinds::from(kind);
        assert_eq!(alone.iter().collect::<Vec<_>>(), [kind]);
        assert_eq!(
            serde_json::to_string(&alone).unwrap(),
            format!("[\"{kind}\"]")
        );
    }
    let all: DownloadKinds = DownloadKind::ALL.into_iter().collect();
    assert_eq!(all.iter().count(), DownloadKind::ALL.len());
}

#[test]
fn the_table_keeps_its_own_rules() {
    for kind in DownloadKind::ALL {
        assert_eq!(
            TABLE.iter().filter(|row| row.kind == kind).count(),
            1,
            "{kind}"
        );
        assert!(kind.extensions().count() > 0);
    }
    for row in TABLE {
        let mut seen = HashSet::new();
        let types = row.content_types.iter();
        for name in row.extensions.iter().map(|(name, _)| name).chain(types) {
            assert!(seen.insert(name), "{name} is there twice");
            assert!(name.len() <= LONGEST, "{name}");
            assert_eq!(name.to_ascii_lowercase(), *name);
            assert!(
                !name.starts_with('.') && !name.contains(char::is_whitespace),
                "{name}"
            );
        }
        for content_type in row.content_types {
            assert_eq!(content_type.matches('/').count(), 1, "{content_type}");
            let kinds = DownloadKinds::of_content_type(content_type);
            assert!(kinds.contains(row.kind), "{content_type}");
        }
        for (extension, believed) in row.extensions {
            let name = format!("a.{extension}");
            assert!(
                DownloadKinds::of_file_name(&name).contains(row.kind),
                "{name}"
            );
            let url = format!("https://files.example/{name}");
            let url = CanonicalUrl::parse(&url).unwrap();
            let kinds = DownloadKind::of(&url, None, None);
            assert_eq!(
                kinds.contains(row.kind),
                *believed == Believed::Everywhere,
                "{name}"
            );
        }
    }
    // What every page has must never be taken for a download by its address.
    for common in [
        "js", "css", "png", "html", "php", "json", "svg", "woff2", "com", "pdf", "docx",
    ] {
        let address = format!("https://site.example/a.{common}");
        assert_eq!(of(&address, None, None), [""; 0], "{common}");
    }
}

#[test]
fn evidence_adds_up() {
    let zip = Some("application/zip");
    assert_eq!(
        of("a.example/setup.exe", zip, None),
        ["executable", "archive"]
    );
    assert_eq!(
        of("a.example/a.iso", zip, Some("b.apk")),
        ["mobile-app", "archive", "disk-image"]
    );
}

#[test]
fn carried_addresses_count() {
    // The archive's own address ends in no file name; the carried one does.
    let outer = "https://translate.google.com/translate?q=x&u=a.example/setup.exe";
    let outer = CanonicalUrl::parse(outer).unwrap();
    let chain = hedgerow::address::unwrap_chain(&outer);
    assert_eq!(chain.links().len(), 1);
    let page = Some("text/html");
    assert!(DownloadKind::of(&outer, page, None).is_empty());
    let kinds = DownloadKind::of_unwrapped(&outer, chain.links(), page, None);
    assert!(kinds.contains(DownloadKind::Executable));
}

#[test]
fn headers_are_read_in_every_form() {
    for header in [
        "attachment; filename=setup.exe",
        "attachment;filename=\"setup.exe\"",
        "ATTACHMENT; FILENAME = \"SETUP.EXE\"",
        "filename=setup.exe",
        "attachment; filename=\"a;b.txt\"; filename=setup.exe",
        "attachment; filename=a.txt; filename*=utf-8'en'setup.exe",
        "attachment; filename*=UTF-8''setup%2eexe",
        "attachment; filename*0=set; filename*1=up.e; filename*2=xe",
        "attachment; filename*0=\"set\"; filename*1*=up%2Ee; filename*2=\"xe\"",
        "attachment; filename=\"..\\\\..\\\\setup.exe\"",
        "attachment; filename=\"setup.e\\xe\"",
        "attachment; filename=\"setup.exe\\\"\"",
        "attachment; filename=\"setup\\\";.exe\"",
        "attachment; filename='setup.exe'",
        "attachment; filename=\"setup.exe",
        "attachment; filename=setup.exe ",
        "attachment; filename=\"setup%252Eexe\"",
        "attachment; filename=\"=?utf-8?B?c2V0dXAuZXhl?=\"",
        "attachment; filename==?utf-8?Q?setup=2Eexe?=",
        "form-data; name=\"setup.exe\"",
    ] {
        let kinds = DownloadKinds::of_content_disposition(header);
        assert!(kinds.contains(DownloadKind::Executable), "{header}");
    }
    for header in [
        "",
        "attachment",
        "inline; filename=setup.exe.txt",
        "inline; size=setup.exe",
        "attachment; filename=notes.txt",
    ] {
        assert!(
            DownloadKinds::of_content_disposition(header).is_empty(),
            "{header}"
        );
    }
}

proptest! {
    #[test]
    fn what_stands_around_a_name_changes_nothing(
        before in "[a-zA-Z0-9 _()-]{0,12}",
        extension in prop::sample::select(vec!["exe", "EXE", "Exe", "msi", "apk", "zip", "iso", "bat"]),
        behind in prop::sample::select(vec!["", ".", "..", " ", ". .", "/", "//", ";v=1", "?x=1", "#top", "%20", "%00.jpg", "%3Fx.png", "::$DATA", "?a=b.txt&c"]),
        content_type in prop::option::of(prop::sample::select(vec!["image/png", "text/html", "text/plain; charset=utf-8", ""])),
    ) {
        let plain = DownloadKinds::of_file_name(&format!("x.{extension}"));
        prop_assert!(!plain.is_empty());
        let address = format!("https://files.example/dir/{before}.{extension}{behind}");
        let url = CanonicalUrl::parse(&address).unwrap();
        let kinds = DownloadKind::of(&url, content_type, None);
        prop_assert_eq!(kinds.and(plain), plain, "{}", address);
    }

    #[test]
    fn more_evidence_never_takes_a_certain_kind_away(
        path in "[a-z]{1,4}(\\.(exe|zip|html|png|js))?(/[a-z.]{0,5})?",
        content_type in "(text/html|image/png|application/(zip|x-msdownload|octet-stream))([;, ].{0,8})?",
        name in "[a-z]{0,4}\\.(exe|zip|txt|docm)",
    ) {
        let address = format!("https://files.example/{path}");
        let url = CanonicalUrl::parse(&address).unwrap();
        let kinds = DownloadKind::of(&url, Some(&content_type), Some(&name));
        for part in [
            DownloadKinds::of_file_name(&name),
            DownloadKinds::of_content_type(&content_type),
            DownloadKind::of(&url, Some("text/html"), None),
        ] {
            prop_assert_eq!(kinds.and(part), part);
        }
    }

    #[test]
    fn content_types_are_read_however_they_are_written(
        row in 0..TABLE.len(),
        upper in any::<bool>(),
        before in "[ \t,;\"]{0,3}",
        behind in "( ?;[a-z =/\"]{0,12}|,text/html|[ \t]{0,3})",
    ) {
        for content_type in TABLE[row].content_types {
            let written = if upper { content_type.to_ascii_uppercase() } else { (*content_type).to_owned() };
            let header = format!("{before}{written}{behind}");
            prop_assert!(DownloadKinds::of_content_type(&header).contains(TABLE[row].kind), "{}", header);
        }
    }

    #[test]
    fn any_text_is_endured(address in any::<String>(), one in any::<String>(), other in any::<String>()) {
        let _ = DownloadKinds::of_content_disposition(&one);
        let _ = DownloadKinds::of_content_type(&one);
        let _ = DownloadKinds::of_file_name(&other);
        let address = format!("https://files.example/{address}");
        if let Ok(url) = CanonicalUrl::parse(&address) {
            let _ = DownloadKind::of(&url, Some(&one), Some(&other));
        }
    }
}
