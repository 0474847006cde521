//! Filters: what is built, what is read, and that any value survives.

use proptest::prelude::*;
use scim_client::{Filter, ParameterError, Query};

type Built = Result<Filter, ParameterError>;

#[track_caller]
fn built(filter: Built, expected: &str) {
    let filter = filter.unwrap();
    assert_eq!(filter.to_string(), expected);
    assert_eq!(Filter::parse(expected).unwrap(), filter);
}

#[test]
fn what_is_built() {
    built(Filter::eq("userName", "ines"), r#"userName eq "ines""#);
    built(
        Filter::ne("name.familyName", "O'Malley"),
        r#"name.familyName ne "O'Malley""#,
    );
    built(Filter::co("emails.value", "@x"), r#"emails.value co "@x""#);
    built(
        Filter::sw("externalId", "00u".to_owned()),
        r#"externalId sw "00u""#,
    );
    built(
        Filter::ew("x-ref_2", "\"\\\n\u{1F600}"),
        "x-ref_2 ew \"\\\"\\\\\\n\u{1F600}\"",
    );
    built(
        Filter::gt("meta.lastModified", "2026-05-13T04:42:34Z"),
        r#"meta.lastModified gt "2026-05-13T04:42:34Z""#,
    );
    built(Filter::ge("level", 7), "level ge 7");
    built(Filter::lt("level", -7), "level lt -7");
    built(Filter::le("level", i64::MIN), "level le -9223372036854775808");
    built(Filter::eq("active", true), "active eq true");
    built(Filter::eq("active", false), "active eq false");
    built(Filter::ne("manager", ()), "manager ne null");
    built(Filter::pr("title"), "title pr");
    built(
        Filter::eq("manager.$ref", "../Users/7"),
        r#"manager.$ref eq "../Users/7""#,
    );
    built(
        Filter::any_of("members", &Filter::pr("$ref").unwrap()),
        "members[$ref pr]",
    );
    let shape = format!("{:?}", Filter::eq("manager.$ref", "7").unwrap());
    assert_eq!(shape, "Filter(manager.$ref eq …)");
    built(
        Filter::eq(
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
            "7",
        ),
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "7""#,
    );
}

#[test]
fn how_conditions_are_joined() {
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| Filter::pr(name).unwrap());
    let any = |inner: &Filter| Filter::any_of("emails", inner);
    built(
        Ok(a.clone().and(b.clone()).and(c.clone())),
        "a pr and b pr and c pr",
    );
    built(
        Ok(a.clone().or(b.clone()).and(c.clone())),
        "(a pr or b pr) and c pr",
    );
    built(
        Ok(a.clone().or(b.clone().and(c.clone()))),
        "a pr or b pr and c pr",
    );
    built(
        Ok(a.clone().and(b.clone().or(c.clone())).negated()),
        "not (a pr and (b pr or c pr))",
    );
    built(
        any(&a.clone().and(b.clone().or(c.clone()).negated()).or(d)),
        "emails[a pr and not (b pr or c pr) or d pr]",
    );
    built(Ok(any(&a).unwrap().and(b.clone())), "emails[a pr] and b pr");
    let nested = any(&any(&a).unwrap()).unwrap_err();
    assert_eq!(
        nested.to_string(),
        "filter does not follow the grammar: conditions in brackets cannot be nested"
    );
}

#[test]
fn what_is_no_attribute() {
    for name in ["", "a b", "9", "a.b.c", "emails[type eq 1]", "urn:x:1.0"] {
        let error = Filter::eq(name, "x").unwrap_err();
        assert_eq!(error.parameter(), "attribute", "{name}");
    }
}

#[test]
fn what_is_read() {
    #[track_caller]
    fn check(text: &str, sent: &str) {
        assert_eq!(Filter::parse(text).unwrap().to_string(), sent);
    }
    // The examples of RFC 7644 §3.4.2.2.
    for text in [
        r#"userName eq "bjensen""#,
        r#"name.familyName co "O'Malley""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
        "title pr",
        r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
        r#"title pr and userType eq "Employee""#,
        r#"title pr or userType eq "Intern""#,
        r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
        r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
        r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
    ] {
        check(text, text);
    }
    check("  USERNAME  EQ  \"a\"  ", r#"USERNAME eq "a""#);
    check(r#"a Pr AND b pR oR NOT (c pr)"#, "a pr and b pr or not (c pr)");
    check(r#"((a pr))"#, "a pr");
    // RFC 7644 has no blank behind `not`, and its examples have one.
    check("not(a pr)", "not (a pr)");
    check(
        r#"(NOT(a eq "not(b") or emails[not(a pr)])"#,
        r#"not (a eq "not(b") or emails[not (a pr)]"#,
    );
    check("knot pr and not (a pr)", "knot pr and not (a pr)");
    check(r#"manager.$ref eq "$ref z__-""#, r#"manager.$ref eq "$ref z__-""#);
    check(r#"members[$ref co "/Users/"]"#, r#"members[$ref co "/Users/"]"#);
    check(r#"a eq "\u0041\/""#, r#"a eq "A/""#);
    check("a eq 1.5e3", "a eq 1500.0");
}

#[test]
fn what_is_refused_before_it_is_sent() {
    let deep = format!("{}a pr{}", "(".repeat(65), ")".repeat(65));
    let long = vec!["a pr"; 1025].join(" or ");
    let texts = [
        "",
        "userName",
        "userName eq",
        "userName eq ines",
        "userName eq 'ines'",
        "userName eq \"ines",
        "userName is \"ines\"",
        "userName eq \"ines\" and",
        "userName eq \"ines\"\"calder\"",
        "(userName eq \"ines\"",
        "emails[type eq \"ines\"",
        "emails[a[b pr]]",
        "not userName pr",
        "ines (",
        "a.b.c pr",
        "userName eq \"\\x\"",
        &deep,
        &long,
    ];
    let mut lines = Vec::new();
    for text in texts {
        let error = Filter::parse(text).unwrap_err();
        let ParameterError::Grammar {
            parameter,
            error: place,
        } = &error
        else {
            panic!("{error}");
        };
        assert_eq!(*parameter, "filter");
        assert!(place.position().is_none_or(|position| position <= text.len()));
        assert!(!error.to_string().contains("ines"), "{error}");
        lines.push(format!("{text:.40} -> {error}"));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_filter_that_grew_too_large_is_refused_by_its_query() {
    let one = Filter::pr("a").unwrap();
    let many = (0..1024).fold(one.clone(), |all, _| all.or(one.clone()));
    let deep = (0..64).fold(one, |all, _| all.negated());
    for (filter, rule) in [
        (
            many,
            "filter does not follow the grammar: the expression has more than 1024 comparisons",
        ),
        (
            deep,
            "filter does not follow the grammar: the expression is nested deeper than 64 levels",
        ),
    ] {
        let error = Query::builder().filter(filter).build().unwrap_err();
        assert_eq!(error.to_string(), rule);
    }
}

/// A place is that of the text that was given, whatever the parser reads.
#[test]
fn places_of_mistakes() {
    for (text, mistake) in [
        ("not(a pr) and x y", "y"),
        ("not (a pr) and x y", "y"),
        ("not(not(a pr)) and x y", "y"),
        ("manager.$ref x 7", "x"),
    ] {
        let ParameterError::Grammar { error, .. } = Filter::parse(text).unwrap_err() else {
            panic!("{text}");
        };
        assert_eq!(error.position(), text.find(mistake), "{text}: {error}");
    }
}

fn attributes() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z][a-zA-Z0-9_-]{0,8}",
        "[a-zA-Z][a-zA-Z0-9_-]{0,4}\\.[a-zA-Z][a-zA-Z0-9_-]{0,4}",
        "urn:[a-z]{1,5}:[0-9]\\.[0-9]:[A-Z][a-z]{0,4}:[a-z]{1,5}",
    ]
}

fn comparisons() -> impl Strategy<Value = Filter> {
    let value = prop_oneof![
        "(?s).{0,12}".prop_map(|text| Filter::eq("a", text)),
        any::<i64>().prop_map(|number| Filter::ge("a", number)),
        any::<bool>().prop_map(|flag| Filter::ne("a", flag)),
        Just(()).prop_map(|null| Filter::eq("a", null)),
    ];
    prop_oneof![
        (attributes(), "(?s).{0,12}").prop_map(|(name, text)| Filter::sw(&name, text)),
        attributes().prop_map(|name| Filter::pr(&name)),
        value,
    ]
    .prop_map(|filter| filter.expect("the attribute is a name"))
}

fn filters() -> impl Strategy<Value = Filter> {
    comparisons().prop_recursive(6, 40, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a.and(b)),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a.or(b)),
            inner.clone().prop_map(Filter::negated),
            (attributes(), inner).prop_map(|(name, inner)| {
                // Brackets within brackets are refused: the condition then stays as it is.
                Filter::any_of(&name, &inner).unwrap_or(inner)
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_survives(text in "(?s).{0,60}") {
        let filter = Filter::eq("userName", text.as_str()).unwrap();
        prop_assert_eq!(&Filter::parse(&filter.to_string()).unwrap(), &filter);
        let sent = filter.to_string();
        let literal = sent.strip_prefix("userName eq ").unwrap();
        prop_assert_eq!(serde_json::from_str::<String>(literal).unwrap(), text);
    }

    #[test]
    fn what_is_built_is_read_as_it_was_meant(filter in filters()) {
        let sent = filter.to_string();
        prop_assert_eq!(Filter::parse(&sent).expect(&sent), filter);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(?s).{0,40}|[a-z \"\\\\\\[\\]().:0-9]{0,40}") {
        if let Ok(filter) = Filter::parse(&text) {
            let sent = filter.to_string();
            prop_assert_eq!(Filter::parse(&sent).expect("what was read can be read again"), filter);
        }
    }
}
