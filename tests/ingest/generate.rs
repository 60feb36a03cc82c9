//! Generates awkward transcripts: odd values, spaces, shuffled and repeated keys, escapes, damage.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

type Bytes = BoxedStrategy<Vec<u8>>;

fn one_of(values: &'static [&'static [u8]]) -> Bytes {
    select(values).prop_map(<[u8]>::to_vec).boxed()
}

fn space() -> Bytes {
    prop_oneof![8 => Just(Vec::new()), 1 => one_of(&[b" ", b"\t", b"\r", b"  "])].boxed()
}

/// An object with some of these members, in any order, some of them more than once.
fn object(members: Vec<(&'static str, Bytes)>) -> Bytes {
    let count = members.len();
    let member = |(key, value): (&'static str, Bytes)| {
        (space(), space(), value, space()).prop_map(move |(before, between, value, after)| {
            [&before[..], b"\"", key.as_bytes(), b"\"", &between, b":", &value, &after].concat()
        })
    };
    let members: Vec<Bytes> = members.into_iter().map(|pair| member(pair).boxed()).collect();
    let any_member = proptest::strategy::Union::new(members.clone());
    let repeated = prop_oneof![5 => Just(Vec::new()), 1 => vec(any_member, 1..3)];
    let present = prop_oneof![5 => Just(vec![true; count]), 1 => vec(any::<bool>(), count)];
    (members, present, repeated, vec(0..count, count))
        .prop_map(|(members, present, repeated, targets)| {
            let members = members.into_iter().zip(present).filter(|(_, present)| *present);
            let mut chosen: Vec<Vec<u8>> = members.map(|(member, _)| member).chain(repeated).collect();
            for (at, target) in targets.into_iter().enumerate() {
                if !chosen.is_empty() {
                    let count = chosen.len();
                    chosen.swap(at % count, target % count);
                }
            }
            [b"{", &chosen.join(&b","[..])[..], b"}"].concat()
        })
        .boxed()
}

fn array(element: Bytes) -> Bytes {
    vec(element, 0..4).prop_map(|list| [b"[", &list.join(&b","[..])[..], b"]"].concat()).boxed()
}

fn counter() -> Bytes {
    prop_oneof![
        6 => (0u32..500).prop_map(|count| count.to_string().into_bytes()),
        2 => one_of(&[
            b"0", b"-0", b"-5", b"1.5", b"1.0", b"1e3", b"2E-1", b"null", b"true", b"false", b"\"9\"", b"[]", b"{}",
            b"[7]", b"{\"input_tokens\":7}", b"9007199254740991", b"9007199254740992", b"18446744073709551616",
            b"99999999999999999999999999", b"1e99999",
        ]),
    ]
    .boxed()
}

fn odd_text() -> Bytes {
    one_of(&[
        b"\"\"",
        b"null",
        b"7",
        b"true",
        b"false",
        b"[]",
        b"{}",
        b"\"\\ud800\"",
        b"\"\xff\"",
        b"\"a\x01b\"",
        b"\"\\q\"",
        b"\"\\ud83d\\ude00\"",
        b"\"caf\xc3\xa9\"",
        b"\"\\n\xc3\"",
        b"\"\\u0000\"",
    ])
}

fn text(usual: &'static [&'static [u8]]) -> Bytes {
    prop_oneof![40 => one_of(usual), 1 => odd_text()].boxed()
}

/// Values that do not count.
fn other() -> Bytes {
    one_of(&[
        b"null",
        b"[{\"type\":\"text\",\"text\":\"say \\\"usage\\\":{ \\ud800 \xff \x02 }\"}]",
        b"[[[[{\"usage\":{\"output_tokens\":5}}]]],-0.5e-7,1e999]",
        b"{\"\":[],\"a\":{\"b\":{}},\"usage\":3}",
        b"\"\\\\\"",
    ])
}

fn counts() -> Vec<(&'static str, Bytes)> {
    vec![
        ("input_tokens", counter()),
        ("output_tokens", counter()),
        ("cache_creation_input_tokens", counter()),
        ("cache_read_input_tokens", counter()),
        (
            "cache_creation",
            prop_oneof![
                4 => object(vec![("ephemeral_5m_input_tokens", counter()), ("ephemeral_1h_input_tokens", counter())]),
                1 => other(),
            ]
            .boxed(),
        ),
        (
            "server_tool_use",
            prop_oneof![
                3 => object(vec![
                    ("web_search_requests", counter()),
                    ("web_fetch_requests", counter()),
                    ("other", counter()),
                ]),
                1 => other(),
            ]
            .boxed(),
        ),
        (
            "output_tokens_details",
            prop_oneof![3 => object(vec![("thinking_tokens", counter())]), 1 => other()].boxed(),
        ),
        ("out\\u0070ut_tokens", counter()),
    ]
}

fn usage() -> Bytes {
    let mut iteration = counts();
    let kinds: &[&[u8]] = &[
        b"\"message\"",
        b"\"message\"",
        b"\"m\\u0065ssage\"",
        b"\"fallback_message\"",
        b"\"advisor_message\"",
        b"\"compaction\"",
        b"\"comp\\u0061ction\"",
        b"\"x\"",
    ];
    iteration.push(("type", text(kinds)));
    iteration.push(("model", text(&[b"\"helper\"", b"\"\\u0068elper\""])));
    let iterations = array(prop_oneof![4 => object(iteration), 1 => other()].boxed());
    let mut members = counts();
    members.push(("speed", text(&[b"\"fast\"", b"\"standard\""])));
    members.push(("service_tier", text(&[b"\"batch\"", b"\"standard\""])));
    members.push(("inference_geo", text(&[b"\"us\"", b"\"global\""])));
    members.push(("iterations", prop_oneof![4 => iterations, 1 => other()].boxed()));
    prop_oneof![20 => object(members), 1 => other()].boxed()
}

fn message() -> Bytes {
    let ids: &[&[u8]] = &[b"\"msg_a\"", b"\"msg_b\"", b"\"msg\\u005fa\"", b"\"resp-1\"", b"\"\""];
    let members = vec![
        ("id", text(ids)),
        ("model", text(&[b"\"claude-a\"", b"\"claude-b\"", b"\"claude\\u002da\"", b"\"<synthetic>\""])),
        ("content", other()),
        ("stop_reason", one_of(&[b"null", b"\"end_turn\"", b"\"\\ud800\"", b"false", b"{}"])),
        ("usage", usage()),
    ];
    prop_oneof![20 => object(members), 1 => other()].boxed()
}

fn envelope(kinds: &'static [&'static [u8]]) -> Vec<(&'static str, Bytes)> {
    let times: &[&[u8]] = &[
        b"\"2026-03-04T05:06:07.891Z\"",
        b"\"2026-03-04T05:06:07Z\"",
        b"\"2026-03-04t07:06:07.1239999999999+02:00\"",
        b"\"2026-03\\u002d04T05:06:07Z\"",
        b"\"2026-02-28T23:59:60-23:59\"",
    ];
    let bad_times: &[&[u8]] = &[
        b"\"2026-02-29T05:06:07Z\"",
        b"\"2026-03-04 05:06:07Z\"",
        b"\"2026-03-04T05:06:07\"",
        b"\"2026-03-04T05:06:07+24:00\"",
        b"\"2026-03-04T24:00:00Z\"",
        b"1772600767",
    ];
    vec![
        ("type", text(kinds)),
        ("sessionId", text(&[b"\"s1\"", b"\"s2\"", b"\"s\\u0031\""])),
        ("uuid", text(&[b"\"u1\"", b"\"u2\""])),
        ("timestamp", prop_oneof![20 => one_of(times), 1 => one_of(bad_times), 1 => odd_text()].boxed()),
        ("isSidechain", one_of(&[b"true", b"false", b"null", b"1", b"\"true\""])),
        ("forkedFrom", one_of(&[b"null", b"null", b"{\"sessionId\":\"s1\"}", b"false"])),
        ("costUSD", one_of(&[b"null", b"0.25", b"1e-3", b"-1", b"\"1\"", b"1e40", b"null"])),
        ("sessionKind", text(&[b"\"bg\"", b"\"\\u0062g\"", b"\"main\"", b"null", b"null"])),
        ("requestId", text(&[b"\"req_1\"", b"\"req_2\"", b"\"req\\u005f1\"", b"null"])),
        ("gitBranch", text(&[b"\"main\"", b"\"m\\u0061in\"", b"\"HEAD\"", b"\"\""])),
        ("attributionAgent", prop_oneof![3 => one_of(&[b"\"Explore\"", b"null"]), 1 => odd_text()].boxed()),
        ("attributionSkill", one_of(&[b"\"s\"", b"\"\"", b"null", b"[]"])),
        ("attributionPlugin", one_of(&[b"\"p\"", b"null"])),
        ("attributionMcpServer", one_of(&[b"\"m\"", b"null"])),
        ("attributionMcpTool", one_of(&[b"\"t\"", b"null"])),
        ("effort", text(&[b"\"high\"", b"\"low\""])),
        ("entrypoint", text(&[b"\"cli\"", b"\"sdk-py\""])),
        ("agentId", one_of(&[b"\"a1\"", b"\"a2\"", b"null"])),
        ("cwd", odd_text()),
        ("message", message()),
        ("toolUseResult", other()),
    ]
}

/// One line without its newline.
pub(crate) fn record() -> Bytes {
    let assistant: &[&[u8]] = &[b"\"assistant\"", b"\"assistant\"", b"\"\\u0061ssistant\"", b"\"user\""];
    let inner = prop_oneof![8 => object(envelope(assistant)), 1 => other()].boxed();
    let data = object(vec![("type", other()), ("message", inner), ("normalizedMessages", array(message()))]);
    let mut progress = envelope(&[b"\"progress\"", b"\"progress\"", b"\"pro\\u0067ress\"", b"\"assistant\""]);
    progress.push(("data", prop_oneof![9 => data, 1 => other()].boxed()));
    prop_oneof![4 => object(envelope(assistant)), 1 => object(progress)].boxed()
}

fn line() -> Bytes {
    let joined = (record(), space(), record()).prop_map(|(a, space, b)| [a, space, b].concat());
    let cut = (record(), any::<prop::sample::Index>()).prop_map(|(mut line, at)| {
        let length = at.index(line.len());
        line.truncate(length);
        line
    });
    let stump = (record(), any::<prop::sample::Index>(), record()).prop_map(|(mut line, at, next)| {
        let length = at.index(line.len());
        line.truncate(length);
        // The next record begins as Claude Code's lines do, so it is found after the stump.
        [line, b"{\"type\":\"user\"}".to_vec(), b"{\"parentUuid\":null,".to_vec(), next[1..].to_vec()]
            .concat()
    });
    let trailing = (record(), one_of(&[b" x", b"}", b"]", b",", b"{", b"\0", b" \r", b"1", b"[]"]));
    prop_oneof![
        8 => record(),
        2 => joined,
        1 => cut,
        1 => stump,
        1 => trailing.prop_map(|(line, tail)| [line, tail].concat()),
        1 => one_of(&[b"", b" \t\r", b"prose", b"{}", b"[\"usage\"]", b"\xef\xbb\xbf{}", b"{\"a\":1", b"\"usage\""]),
    ]
    .boxed()
}

/// A whole transcript, with or without its last newline.
pub(crate) fn transcript() -> Bytes {
    (vec(line(), 0..5), any::<bool>())
        .prop_map(|(lines, newline)| {
            let mut bytes = lines.join(&b"\n"[..]);
            if newline {
                bytes.push(b'\n');
            }
            bytes
        })
        .boxed()
}
