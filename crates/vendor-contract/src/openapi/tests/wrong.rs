//! Requests and answers that are wrong on purpose, and what is said of them.

use crate::openapi::Contract;
use crate::violation::Violation;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_kit::{Request, Response};
use std::time::Duration;

const JSON: (&str, &str) = ("content-type", "application/json");

/// A request from a line of method and address, with a body unless it is empty.
fn request(line: &str, headers: &[(&'static str, &'static str)], body: &'static str) -> Request {
    let (method, path) = line.split_once(' ').expect("method and address");
    let mut headers = fields(headers);
    headers
        .entry(AUTHORIZATION)
        .or_insert(HeaderValue::from_static("Bearer key"));
    Request {
        method: method.parse().expect("a method"),
        url: format!("https://api.atlassian.com{path}")
            .parse()
            .expect("an address"),
        headers,
        body: Some(Bytes::from_static(body.as_bytes())).filter(|body| !body.is_empty()),
        timeout: Duration::from_secs(30),
    }
}

fn fields(headers: &[(&'static str, &'static str)]) -> HeaderMap {
    let field = |(name, value): &(&'static str, &'static str)| {
        (HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    headers.iter().map(field).collect()
}

fn told(violations: &[Violation]) -> String {
    let lines: Vec<String> = violations.iter().map(Violation::to_string).collect();
    lines.join("\n")
}

/// What is said of a JSON request.
fn asked(line: &str, body: &'static str) -> String {
    told(&Contract::atlassian().request(&request(line, &[JSON], body)))
}

/// What is said of a JSON answer.
fn answered(line: &str, status: u16, body: &'static str) -> String {
    answered_with(line, status, &[JSON], body)
}

fn answered_with(
    line: &str,
    status: u16,
    headers: &[(&'static str, &'static str)],
    body: &'static str,
) -> String {
    let response = Response {
        status: StatusCode::from_u16(status).expect("a status"),
        headers: fields(headers),
        body: Bytes::from_static(body.as_bytes()),
    };
    told(&Contract::atlassian().answer(&request(line, &[], ""), &response))
}

#[test]
fn what_is_right_is_passed_over() {
    for (line, body) in [
        ("GET /admin/v1/orgs?cursor=a%20b", ""),
        (
            "GET /admin/v2/orgs/o/directories/-/users/count?accountStatus=active&accountStatus=closed",
            "",
        ),
        (
            "POST /admin/v2/orgs/o/directories/d/users/search",
            r#"{"limit":100,"accountIds":["1"]}"#,
        ),
        (
            "POST /admin/v2/orgs/o/workspaces",
            r#"{"query":{"and":[{"searchWorkspaces":"x"}]}}"#,
        ),
        ("GET /users/5b10ac8d82e05b22cc7d4ef5/manage", ""),
        (
            "GET /scim/directory/d/Users?filter=userName%20eq%20%22a%40b%22",
            "",
        ),
    ] {
        assert_eq!(asked(line, body), "", "{line}");
    }
    let orgs = "GET /admin/v1/orgs";
    assert_eq!(answered(orgs, 200, r#"{"data":[],"links":{}}"#), "");
    assert_eq!(
        answered(orgs, 429, r#"{"code":429,"message":"Too many requests"}"#),
        ""
    );
    let suspend = "POST /admin/v2/orgs/o/directories/d/users/a/suspend";
    assert_eq!(
        answered(suspend, 404, ""),
        "",
        "the vendor documents no body here"
    );
    assert_eq!(answered_with(suspend, 204, &[], ""), "");
}

/// What is said of each request, under its line.
fn all_asked(requests: &[(&str, &'static str)]) -> String {
    let one = |(line, body): &(&str, &'static str)| match asked(line, body) {
        told if body.is_empty() => format!("{line}\n{told}"),
        told => format!("{line} {body}\n{told}"),
    };
    requests.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn wrong_addresses() {
    insta::assert_snapshot!(all_asked(&[
        ("GET /admin/v3/orgs", ""),
        ("DELETE /admin/v1/orgs", ""),
        ("GET /admin/v2/orgs/o/directories/d/users/search", ""),
        ("GET /admin/v1/orgs//events", ""),
        ("GET /admin/v1/orgs?limit=20&cursor=a&cursor=b", ""),
        ("GET /admin/v1/orgs/o/events?limit=501", ""),
        ("GET /admin/v1/orgs/o/events?limit=many&from=yesterday", ""),
        ("GET /admin/v2/orgs/o/directories/d/users/count?accountStatus=active&accountStatus=gone", ""),
        ("GET /admin/api-access/v1/orgs/o/api-tokens/count?status=gone", ""),
        ("GET /users/an%20account/manage", ""),
        ("GET /users/%FF/manage", ""),
        ("GET /scim/directory/d/ResourceTypes/Device", ""),
    ]), @r#"
    GET /admin/v3/orgs
    GET /admin/v3/orgs, request: path is not documented

    DELETE /admin/v1/orgs
    DELETE /admin/v1/orgs, request: method is not documented for this path

    GET /admin/v2/orgs/o/directories/d/users/search
    GET /admin/v2/orgs/o/directories/d/users/search, request: method is not documented for this path

    GET /admin/v1/orgs//events
    GET /admin/v1/orgs//events, request: path is not documented

    GET /admin/v1/orgs?limit=20&cursor=a&cursor=b
    listOrgs, request: query cursor is given more than once
    listOrgs, request: query limit is not documented

    GET /admin/v1/orgs/o/events?limit=501
    listEvents, request: query limit is wrong: 501 is greater than the maximum of 500

    GET /admin/v1/orgs/o/events?limit=many&from=yesterday
    listEvents, request: query from is "yesterday", which ^[0-9]+$ does not match
    listEvents, request: query limit is "many", not integer

    GET /admin/v2/orgs/o/directories/d/users/count?accountStatus=active&accountStatus=gone
    countDirectoryUsers, request: query accountStatus/1 is "gone", none of ["active","inactive","closed"]

    GET /admin/api-access/v1/orgs/o/api-tokens/count?status=gone
    countUserApiTokens, request: query status is "gone", none of ["allowed","blocked"]

    GET /users/an%20account/manage
    getManagePermissions, request: path accountId is a text of 10 characters, which ^[A-Za-z0-9_|:.-]{1,128}$ does not match

    GET /users/%FF/manage
    getManagePermissions, request: path accountId is no text

    GET /scim/directory/d/ResourceTypes/Device
    scimResourceType, request: path name is "Device", none of ["User","Group"]
    "#);
}

/// Lists in a query are written in the one way that is documented for them, and in no other.
#[test]
fn lists_in_addresses() {
    for right in [
        "GET /admin/v1/orgs/o/events?actor=a,b&ip=192.0.2.14&product=jira,loom",
        "GET /admin/v1/orgs/o/events?location=%5B%7B%22city%22%3A%22Lisbon%22%2C%22countryName%22%3A%22Portugal%22%7D%5D",
        "GET /admin/v2/orgs/o/directories/d/users/count?accountStatus=active&accountStatus=closed",
    ] {
        assert_eq!(asked(right, ""), "", "{right}");
    }
    insta::assert_snapshot!(all_asked(&[
        ("GET /admin/v1/orgs/o/events?actor=a&actor=b", ""),
        ("GET /admin/v1/orgs/o/events?ip=192.0.2.14%2C192.0.2.15", ""),
        ("GET /admin/v1/orgs/o/events?product=jira,mail", ""),
        ("GET /admin/v1/orgs/o/events?location=%5B%5D&location=%5B%5D", ""),
        ("GET /admin/v2/orgs/o/directories/d/users/count?accountStatus=active,closed", ""),
    ]), @r#"
    GET /admin/v1/orgs/o/events?actor=a&actor=b
    listEvents, request: query actor repeats its name instead of separating its values by commas

    GET /admin/v1/orgs/o/events?ip=192.0.2.14%2C192.0.2.15
    listEvents, request: query ip holds an encoded comma, which may be read as one that separates values

    GET /admin/v1/orgs/o/events?product=jira,mail
    listEvents, request: query product/1 is "mail", none of ["bitbucket","confluence","guard_detect","jira","loom"]

    GET /admin/v1/orgs/o/events?location=%5B%5D&location=%5B%5D
    listEvents, request: query location is given more than once

    GET /admin/v2/orgs/o/directories/d/users/count?accountStatus=active,closed
    countDirectoryUsers, request: query accountStatus separates its values by commas instead of repeating the name
    "#);
}

#[test]
fn wrong_bodies_of_requests() {
    let search = "POST /admin/v2/orgs/o/directories/d/users/search";
    insta::assert_snapshot!(all_asked(&[
        (search, r#"{"limit":"20","page":1,"accountIds":[]}"#),
        (search, r#"{"sortBy":[{"field":"name"}]}"#),
        (search, "{"),
        (search, ""),
        ("POST /admin/v2/orgs/o/workspaces", r#"{"cursor":"c","limit":20}"#),
        ("POST /users/a/manage/lifecycle/enable", "{}"),
        ("PUT /users/a/manage/email", ""),
        ("PATCH /users/a/manage/profile", r#"{"name":"A","email":"a@larkspur.example"}"#),
    ]), @r#"
    POST /admin/v2/orgs/o/directories/d/users/search {"limit":"20","page":1,"accountIds":[]}
    searchDirectoryUsers, request: body/accountIds is wrong: an array of 0 has less than 1 item
    searchDirectoryUsers, request: body/limit is "20", not integer
    searchDirectoryUsers, request: body/page is not documented

    POST /admin/v2/orgs/o/directories/d/users/search {"sortBy":[{"field":"name"}]}
    searchDirectoryUsers, request: body/sortBy/0/direction is missing
    searchDirectoryUsers, request: body/sortBy/0/field is "name", none of ["nick_name"]

    POST /admin/v2/orgs/o/directories/d/users/search {
    searchDirectoryUsers, request: body is no JSON

    POST /admin/v2/orgs/o/directories/d/users/search


    POST /admin/v2/orgs/o/workspaces {"cursor":"c","limit":20}
    queryWorkspaces, request: body/cursor is not documented, nor is it another alternative

    POST /users/a/manage/lifecycle/enable {}
    enableAccount, request: body is not documented

    PUT /users/a/manage/email
    setManagedEmail, request: body is missing

    PATCH /users/a/manage/profile {"name":"A","email":"a@larkspur.example"}
    patchManagedProfile, request: body/email is not documented
    "#);
}

#[test]
fn wrong_headers_of_requests() {
    let contract = Contract::atlassian();
    let line = "POST /admin/v2/orgs/o/directories/d/groups/g/memberships";
    let with = |kind, credential| {
        let headers = [("content-type", kind), ("authorization", credential)];
        told(&contract.request(&request(line, &headers, r#"{"accountId":"a"}"#)))
    };
    assert_eq!(with("application/json; charset=utf-8", "Bearer key"), "");
    insta::assert_snapshot!(with("text/plain; charset=utf-8", "Basic c2VjcmV0"), @"
    addGroupMember, request: header authorization is no bearer token
    addGroupMember, request: header content-type is text/plain instead of application/json
    ");
}

#[test]
fn wrong_answers() {
    let orgs = "GET /admin/v1/orgs";
    let suspend = "POST /admin/v2/orgs/o/directories/d/users/a/suspend";
    let told = [
        answered(orgs, 418, "{}"),
        answered(orgs, 200, ""),
        answered(orgs, 200, "<html>"),
        answered_with(orgs, 200, &[("content-type", "text/html")], "<html>"),
        answered(orgs, 200, r#"{"data":[{"id":7,"name":"x"}],"more":true}"#),
        answered(orgs, 401, r#"{"reason":"no"}"#),
        answered(orgs, 429, r#"{"code":"429","message":"no"}"#),
        answered_with(
            orgs,
            200,
            &[JSON, ("x-ratelimit-remaining", "few")],
            r#"{"data":[]}"#,
        ),
        answered(suspend, 204, "{}"),
    ];
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    listOrgs, answer 418: status is not documented

    listOrgs, answer 200: body is missing

    listOrgs, answer 200: body is no JSON

    listOrgs, answer 200: header content-type is text/html instead of application/json

    listOrgs, answer 200: body/data/0/type is missing
    listOrgs, answer 200: body/data/0/attributes is missing
    listOrgs, answer 200: body/data/0/relationships is missing
    listOrgs, answer 200: body/data/0/links is missing
    listOrgs, answer 200: body/data/0/id is 7, not string
    listOrgs, answer 200: body/data/0/name is not documented
    listOrgs, answer 200: body/more is not documented

    listOrgs, answer 401: body/reason is not documented, nor is it another alternative
    listOrgs, answer 401: body/errors is missing, nor is it another alternative

    listOrgs, answer 429: body/code is "429", not number, nor is it another alternative

    listOrgs, answer 200: header x-ratelimit-remaining is "few", not integer

    suspendDirectoryUser, answer 204: body is not documented
    "#);
}

/// What may be private does not get into a sentence.
#[test]
fn addresses_and_secrets_are_not_shown() {
    insta::assert_snapshot!(all_asked(&[
        ("PUT /users/a/manage/email", r#"{"email":["a"],"password":"hunter2"}"#),
        ("GET /admin/v1/orgs/o/events?sortOrder=ines.calder%40larkspur.example", ""),
    ]), @r#"
    PUT /users/a/manage/email {"email":["a"],"password":"hunter2"}
    setManagedEmail, request: body/email is an array of 1, not string
    setManagedEmail, request: body/password is not documented

    GET /admin/v1/orgs/o/events?sortOrder=ines.calder%40larkspur.example
    listEvents, request: query sortOrder is not documented
    "#);
}
