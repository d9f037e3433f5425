use super::*;

#[test]
fn what_varies_is_folded_and_the_rest_stays() {
    for (message, folded) in [
        (
            "amount must be a number, got \"12,50\"",
            "amount must be a number, got {text}",
        ),
        (
            "amount must be more than 0, got -420",
            "amount must be more than {number}, got {number}",
        ),
        (
            "550 5.1.1 <ann@gone.example>: mailbox unavailable",
            "{number} {number} <{email}>: mailbox unavailable",
        ),
        (
            "connect ECONNREFUSED 10.0.3.17:6379",
            "connect ECONNREFUSED {ip}",
        ),
        ("connect ECONNREFUSED ::1:6379", "connect ECONNREFUSED {ip}"),
        (
            "getaddrinfo ENOTFOUND smtp.example.com",
            "getaddrinfo ENOTFOUND {host}",
        ),
        ("connect to db-3:5432 failed", "connect to {host} failed"),
        (
            "ENOENT: no such file or directory, open '/tmp/a 1.csv'",
            "ENOENT: no such file or directory, open {text}",
        ),
        ("can't open /var/lib/app/77.pdf", "can't open {path}"),
        (
            "job 7f3c2a9e-1b2d-4c3d-8e9f-0a1b2c3d4e5f is gone",
            "job {uuid} is gone",
        ),
        (
            "order order-123 of user42 timed out after 5000ms",
            "order order-{number} of user{number} timed out after {number}ms",
        ),
        ("due 2031-12-31T10:00:00.000Z is over", "due {time} is over"),
        (
            "at Sat Nov 28 2026 20:14:11 GMT+0000 (Coordinated Universal Time)",
            "at {time}",
        ),
        ("no document 507f1f77bcf86cd799439011", "no document {hex}"),
        ("no customer cus_9s6XKzkNRiz8i3abc", "no customer {id}"),
        (
            "GET https://api.example.com/v1/a?b=1 failed",
            "GET {url} failed",
        ),
        ("ids 1, 2, 3 and 4", "ids {number} and {number}"),
        ("two\n   lines", "two lines"),
    ] {
        assert_eq!(FoldedMessage::of(message).to_string(), folded, "{message}");
    }
}

#[test]
fn codes_and_names_of_members_tell_failures_apart() {
    for message in [
        "Request failed with status code 404",
        "E11000 duplicate key",
        "Cannot read properties of undefined (reading 'email')",
        "ORA-00942: table or view does not exist",
        "data.customer.email is not a function",
        "either and/or neither",
    ] {
        assert_eq!(FoldedMessage::of(message).to_string(), message);
    }
}

#[test]
fn a_long_message_is_cut_after_it_is_folded() {
    let long = |id: &str| format!("{id} {}", "word ".repeat(1_000));
    let (one, other) = (long("1"), long("123456789"));
    assert_eq!(FoldedMessage::of(&one), FoldedMessage::of(&other));
    assert!(FoldedMessage::of(&one).to_string().chars().count() <= LONGEST);
}
