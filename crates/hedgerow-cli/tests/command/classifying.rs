//! `classify`.

use crate::Bench;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

fn json_lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn json_lines_have_these_keys_in_this_order() {
    let bench = Bench::with_ruleset();
    bench
        .run(&[
            "classify",
            "-r",
            "school.hedge",
            "--output",
            "jsonl",
            "HTTPS://www.Casino.example",
        ])
        .is(
            0,
            concat!(
                r#"{"input":"HTTPS://www.Casino.example","#,
                r#""address":"https://www.casino.example/","#,
                r#""outcome":"classified","reason":null,"#,
                r#""categories":["gambling","games"],"#,
                r#""matches":[{"category":"gambling","list":"gambling/domains","#,
                r#""entry":"casino.example","scope":"domain","layer":0,"via":0,"#,
                r#""action":"list","undone":false,"line":1},"#,
                r#"{"category":"games","list":"games/domains","#,
                r#""entry":"casino.example","scope":"domain","layer":0,"via":0,"#,
                r#""action":"list","undone":false,"line":2}],"via":[]}"#,
                "\n"
            ),
            "",
        );
}

#[test]
fn every_line_has_its_result_blank_ones_too() {
    let bench = Bench::with_ruleset();
    let input =
        b"\xef\xbb\xbfplay.example\r\n\r\n\nhttp://clean.example/\nmailto:a@play.example\r\n\
        play.example/\xff\nlast.play.example";
    bench.write("urls.txt", input);
    let ended = bench.run(&[
        "classify",
        "--ruleset",
        "school.hedge",
        "--input",
        "urls.txt",
        "-o",
        "jsonl",
    ]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    let results: Vec<Value> = json_lines(&ended.out)
        .into_iter()
        .map(|result| {
            json!([
                result["input"],
                result["address"],
                result["outcome"],
                result["reason"],
                result["categories"]
            ])
        })
        .collect();
    let ok = "classified";
    let not = "unclassifiable";
    assert_eq!(
        results,
        [
            json!(["play.example", "http://play.example/", ok, null, ["games"]]),
            json!(["", null, not, "empty", []]),
            json!(["", null, not, "empty", []]),
            json!([
                "http://clean.example/",
                "http://clean.example/",
                ok,
                null,
                []
            ]),
            json!(["mailto:a@play.example", null, not, "no-host", []]),
            json!([
                "play.example/\u{fffd}",
                "http://play.example/%FF",
                ok,
                null,
                ["games"]
            ]),
            json!([
                "last.play.example",
                "http://last.play.example/",
                ok,
                null,
                ["games"]
            ]),
        ]
    );
    let piped = bench.feed(
        &[
            "classify",
            "-r",
            "school.hedge",
            "--input",
            "-",
            "-o",
            "jsonl",
        ],
        input,
    );
    assert_eq!(piped.out, ended.out);
    let unsaid = bench.feed(&["classify", "-r", "school.hedge", "-o", "jsonl"], input);
    assert_eq!(unsaid.out, ended.out);
    bench
        .feed(&["classify", "-r", "school.hedge", "-o", "jsonl"], b"")
        .is(0, "", "");
}

#[test]
fn carried_addresses_count() {
    let bench = Bench::with_ruleset();
    let ended = bench.run(&[
        "classify",
        "-r",
        "school.hedge",
        "-o",
        "jsonl",
        "https://web.archive.org/web/2024/https://www.play.example/chess",
    ]);
    let result = &json_lines(&ended.out)[0];
    assert_eq!(result["categories"], json!(["games"]));
    assert_eq!(result["via"], json!(["https://www.play.example/chess"]));
    assert_eq!(result["matches"][0]["via"], 1);
}

#[test]
fn exceptions_are_matches_without_category() {
    let bench = Bench::new();
    bench.write(
        "games.txt",
        "! Title: games\n||play.example^\n@@||chess.play.example^\n",
    );
    bench
        .run(&["compile", "games.txt", "-o", "school.hedge"])
        .is(0, "", "");
    let ended = bench.run(&[
        "classify",
        "-r",
        "school.hedge",
        "-o",
        "jsonl",
        "chess.play.example",
    ]);
    let result = &json_lines(&ended.out)[0];
    assert_eq!(result["categories"], json!([]));
    let told: Vec<Value> = result["matches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| json!([found["entry"], found["action"], found["undone"]]))
        .collect();
    assert_eq!(
        told,
        [
            json!(["play.example", "list", true]),
            json!(["chess.play.example", "allow", false])
        ]
    );
}

#[test]
fn layers_all_answer() {
    let bench = Bench::with_ruleset();
    bench.write("own.txt", "casino.example\n");
    bench
        .run(&["compile", "own.txt", "-o", "own.hedge", "--no-provenance"])
        .is(0, "", "");
    let by_option = bench.run(&[
        "classify",
        "-r",
        "school.hedge",
        "-r",
        "own.hedge",
        "-o",
        "jsonl",
        "casino.example",
    ]);
    let result = &json_lines(&by_option.out)[0];
    assert_eq!(result["categories"], json!(["gambling", "games", "own"]));
    assert_eq!(result["matches"][2]["layer"], 1);
    assert_eq!(result["matches"][2]["line"], Value::Null);

    let both = std::env::join_paths(["school.hedge", "own.hedge"]).unwrap();
    let by_environment = bench
        .command(&["classify", "-o", "jsonl", "casino.example"])
        .env("HEDGEROW_RULESET", both)
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(by_environment.stdout).unwrap(),
        by_option.out
    );
}

#[test]
fn a_table_has_a_header_and_quotes() {
    let bench = Bench::with_ruleset();
    bench
        .feed(
            &["classify", "-r", "school.hedge", "-o", "csv"],
            b"casino.example/a,b\n\nhttps://web.archive.org/web/2024/http://play.example/\n",
        )
        .is(
            0,
            concat!(
                "input,address,outcome,reason,categories,matches,via\n",
                "\"casino.example/a,b\",\"http://casino.example/a,b\",classified,,",
                "gambling;games,gambling/domains:1;games/domains:2,\n",
                ",,unclassifiable,empty,,,\n",
                "https://web.archive.org/web/2024/http://play.example/,",
                "https://web.archive.org/web/2024/http:/play.example/,classified,,",
                "games,games/domains:1,http://play.example/\n",
            ),
            "",
        );
}

#[test]
fn text_is_plain_when_it_is_not_for_a_terminal() {
    let bench = Bench::with_ruleset();
    bench
        .feed(
            &["classify", "-r", "school.hedge"],
            b"casino.example\n\nclean.example/\x1b[2J\nhttp://www.mixed.example/Casino/1\n192.0.2.7\n",
        )
        .is(
            0,
            "\
casino.example  gambling, games
    gambling  gambling/domains:1  domain of casino.example
    games     games/domains:2     domain of casino.example
(blank)  cannot be classified: it is empty [empty]
clean.example/\\u{1b}[2J  on no list
http://www.mixed.example/Casino/1  gambling
    gambling  gambling/urls:1  web-host prefix of mixed.example/casino
192.0.2.7  games
    games  games/domains:3  network of 192.0.2.7
",
            "",
        );
}

#[test]
fn a_reader_that_leaves_ends_it_quietly() {
    let bench = Bench::with_ruleset();
    for format in ["text", "jsonl", "csv"] {
        let mut child = bench
            .command(&["classify", "-r", "school.hedge", "-o", format])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut input = child.stdin.take().unwrap();
        // More than any pipe and buffer holds: it must end by itself, and then
        // writing to it fails.
        let many = b"https://casino.example/\n".repeat(100_000);
        let _ = input.write_all(&many);
        drop(input);
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{format}");
        assert_eq!(String::from_utf8(ended.stderr).unwrap(), "", "{format}");
    }
}

#[test]
fn answers_come_before_the_next_question() {
    let bench = Bench::with_ruleset();
    let mut child = bench
        .command(&["classify", "-r", "school.hedge", "-o", "jsonl"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut questions = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    for question in ["casino.example", "clean.example"] {
        writeln!(questions, "{question}").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert_eq!(json_lines(&answer)[0]["input"], question);
    }
    drop(questions);
    let mut rest = String::new();
    answers.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn many_lines_keep_their_order() {
    let bench = Bench::with_ruleset();
    let input: String = (0..50_000)
        .map(|number| format!("https://h{number}.play.example/{number}\n"))
        .collect();
    let ended = bench.feed(
        &["classify", "-r", "school.hedge", "-o", "jsonl"],
        input.as_bytes(),
    );
    let inputs: Vec<String> = json_lines(&ended.out)
        .iter()
        .map(|result| format!("{}\n", result["input"].as_str().unwrap()))
        .collect();
    assert_eq!(inputs.concat(), input);
}

#[test]
fn an_endless_line_is_refused() {
    let bench = Bench::with_ruleset();
    let mut input = b"play.example\n".to_vec();
    input.resize(input.len() + (16 << 20) + 1, b'a');
    bench.write("urls.txt", input);
    let ended = bench.run(&[
        "classify",
        "-r",
        "school.hedge",
        "-o",
        "csv",
        "-i",
        "urls.txt",
    ]);
    ended.failed_with("limit-exceeded");
    assert!(
        ended.err.starts_with("hedgerow: urls.txt:2: "),
        "{}",
        ended.err
    );
    assert_eq!(ended.out.lines().count(), 2, "what came before is told");
}

#[test]
fn what_is_no_ruleset_is_refused() {
    let bench = Bench::with_ruleset();
    let refused = |code: &str, name: &str| {
        for arguments in [
            vec!["classify", "-r", name, "a.example"],
            vec!["check", "-r", name, "a.example"],
            vec!["explain", "-r", name, "a.example"],
            vec!["lookup", "-r", name, "a.example"],
            vec!["inspect", name],
            vec!["diff", "school.hedge", name],
        ] {
            let ended = bench.run(&arguments);
            ended.failed_with(code);
            assert!(
                ended.err.starts_with(&format!("hedgerow: {name}: ")),
                "{ended:?}"
            );
            assert_eq!(ended.out, "", "{arguments:?}");
        }
    };
    let whole = bench.read("school.hedge");
    bench.write("cut.hedge", &whole[..whole.len() - 9]);
    refused("ruleset-truncated", "cut.hedge");
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 4;
    bench.write("damaged.hedge", damaged);
    refused("ruleset-checksum", "damaged.hedge");
    bench.write("page.hedge", "<!doctype html>".repeat(100));
    refused("ruleset-magic", "page.hedge");
    refused("not-found", "nowhere.hedge");

    bench
        .run(&["classify", "-r", "school.hedge", "-i", "nowhere.txt"])
        .failed_with("not-found");
}
