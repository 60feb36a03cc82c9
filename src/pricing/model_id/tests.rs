//! Plain ids: each rule by examples, and what only looks like a mark.

use super::*;

#[test]
fn the_marks_of_providers_and_variants_come_off() {
    for (id, expected) in [
        ("claude-opus-5", "claude-opus-5"),
        ("claude-opus-4-6[1m]", "claude-opus-4-6"),
        ("anthropic/claude-opus-5", "claude-opus-5"),
        ("vertex_ai/claude-sonnet-4-5@20250929", "claude-sonnet-4-5-20250929"),
        ("claude-opus-4-6@default", "claude-opus-4-6"),
        ("anthropic.claude-3-haiku-20240307-v1:0", "claude-3-haiku-20240307"),
        ("us.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        ("eu.anthropic.claude-sonnet-4-20250514-v1:0", "claude-sonnet-4-20250514"),
        ("apac.anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet-20241022"),
        ("global.anthropic.claude-opus-4-6-v1[1m]", "claude-opus-4-6"),
        ("jp.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5-20251001"),
        ("au.anthropic.claude-haiku-4-5-20251001-v12:34", "claude-haiku-4-5-20251001"),
    ] {
        assert_eq!(plain(id), expected, "{id}");
    }
}

#[test]
fn what_only_looks_like_a_mark_stays() {
    for id in [
        "[1m]-claude",
        "openrouter/claude-x",
        "deepseek-v4-pro",
        "x-v",
        "x-v1:",
        "x-v:0",
        "x-v1:0:200k",
        "claude-x@2025",
        "claude-x@latest",
        "ca.anthropic.claude-x",
        "",
    ] {
        assert_eq!(plain(id), id);
    }
}

#[test]
fn an_arn_is_the_profile_or_model_that_it_names() {
    for (id, expected) in [
        ("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        ("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-6-v1:0[1m]", "claude-opus-4-6"),
        ("arn:aws-us-gov:bedrock:x:1:inference-profile/claude-opus-5", "claude-opus-5"),
    ] {
        assert_eq!(plain(id), expected, "{id}");
    }
}

#[test]
fn an_arn_that_names_no_model_stays() {
    for id in [
        "arn:aws:bedrock:eu-west-1:1:application-inference-profile/claude-opus-5",
        "arn:aws:bedrock:eu-west-1:1:provisioned-model/claude-opus-5",
        "x:inference-profile/claude-opus-5",
        "arn:",
    ] {
        assert_eq!(plain(id), id);
        assert!(!is_regional(id), "{id}");
    }
}

#[test]
fn in_ids_of_claude_a_dot_is_a_dash_and_elsewhere_it_stays() {
    for (id, expected) in [
        ("anthropic/claude-opus-4.6", "claude-opus-4-6"),
        ("claude-3.7-sonnet", "claude-3-7-sonnet"),
        ("claude-sonnet-4.5@20250929", "claude-sonnet-4-5-20250929"),
        ("us.anthropic.claude-haiku-4.5-v1:0", "claude-haiku-4-5"),
        ("glm-5.1", "glm-5.1"),
        ("my-claude-4.5", "my-claude-4.5"),
        ("Claude-4.5", "Claude-4.5"),
    ] {
        assert_eq!(plain(id), expected, "{id}");
    }
}

#[test]
fn a_version_before_the_family_goes_behind_it_from_the_fourth_on() {
    for (id, expected) in [
        ("claude-4-6-opus", "claude-opus-4-6"),
        ("claude-4.6-opus-20260205", "claude-opus-4-6-20260205"),
        ("claude-4.6-opus@20260205", "claude-opus-4-6-20260205"),
        ("anthropic/claude-5.5-sonnet[1m]", "claude-sonnet-5-5"),
        ("claude-4-opus-20250522", "claude-opus-4-20250522"),
        ("claude-10-0-haiku", "claude-haiku-10-0"),
        ("claude-3.5-haiku-20241022", "claude-3-5-haiku-20241022"),
        ("claude-3-opus", "claude-3-opus"),
    ] {
        assert_eq!(plain(id), expected, "{id}");
    }
    for id in [
        "claude-4-6",
        "claude-4-6-opus-fast",
        "claude-4-6-7-opus",
        "claude-4-6-opus-2026020",
        "claude-4-6-",
        "claude-4--opus",
        "claude-20260205-opus",
        "claude-4-20260205",
        "claude-opus-4-6",
        "claude-",
    ] {
        assert_eq!(plain(id), id);
    }
}

#[test]
fn a_route_is_regional_unless_it_is_global_or_not_bedrocks() {
    for id in [
        "anthropic.claude-opus-5",
        "us.anthropic.claude-opus-5-v1:0",
        "eu.anthropic.claude-opus-5",
        "apac.anthropic.claude-opus-5",
        "jp.anthropic.claude-opus-5[1m]",
        "au.anthropic.claude-opus-5",
        "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-5",
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-5",
    ] {
        assert!(is_regional(id), "{id}");
    }
    for id in [
        "claude-opus-5",
        "global.anthropic.claude-opus-5",
        "arn:aws:bedrock:eu-west-1:1:inference-profile/global.anthropic.claude-opus-5",
        "anthropic/claude-opus-5",
        "vertex_ai/claude-opus-5",
        "anthropic",
        "",
    ] {
        assert!(!is_regional(id), "{id}");
    }
}

#[test]
fn a_date_is_eight_digits_behind_a_dash() {
    assert_eq!(undated("claude-opus-4-5-20251101"), Some("claude-opus-4-5"));
    assert_eq!(undated("claude-opus-4-5"), None);
    assert_eq!(undated("claude-opus-4-5-2025110"), None);
    assert_eq!(undated("20251101"), None);
}
