//! Generated job data, the same in every run: the job with the number `n` always has the same data.

use serde_json::{Value, json};

/// The columns of a row, separated by semicolons.
pub(crate) const COLUMNS: usize = 4;

const PEOPLE: [(&str, &str, &str); 8] = [
    ("Anna Weber", "anna.weber", "de-DE"),
    ("Jonas Keller", "jonas.keller", "de-CH"),
    ("Chloé Martin", "chloe.martin", "fr-FR"),
    ("Oliver Hughes", "oliver.hughes", "en-GB"),
    ("Yuki Tanaka", "yuki.tanaka", "ja-JP"),
    ("Zofia Nowak", "zofia.nowak", "pl-PL"),
    ("Lucía Romero", "lucia.romero", "es-ES"),
    ("Amir Haddad", "amir.haddad", "ar-AE"),
];

const TEMPLATES: [&str; 5] = [
    "welcome",
    "order-confirmed",
    "invoice",
    "password-reset",
    "reminder",
];

const PICTURES: [&str; 5] = [
    "harbour-at-dawn",
    "red-bicycle",
    "copper-kettle",
    "alpine-hut",
    "paper-lantern",
];

const GOODS: [(&str, f64); 4] = [
    ("KETTLE-2L", 39.9),
    ("LANTERN-S", 12.5),
    ("BIKE-BELL", 7.25),
    ("HUT-WEEKEND", 210.0),
];

/// An item of `items`, in turn.
fn pick<T: Copy>(items: &[T], n: u64) -> T {
    items[n as usize % items.len()]
}

/// The address of the person with the number `n`.
pub(super) fn address(n: u64) -> String {
    format!("{}@example.com", pick(&PEOPLE, n).1)
}

/// An email as `email/v1` accepts it: flat.
pub(super) fn email_v1(n: u64) -> Value {
    json!({ "to": address(n), "subject": format!("Your order {}", 20_000 + n), "html": false })
}

/// An email as `email/v2` accepts it.
pub(super) fn email_v2(n: u64) -> Value {
    json!({ "to": address(n), "template": pick(&TEMPLATES, n), "name": pick(&PEOPLE, n).0 })
}

/// An email as `email/v3` accepts it; every ninth meets a busy server at first.
pub(super) fn email_v3(n: u64) -> Value {
    let (name, _, locale) = pick(&PEOPLE, n);
    json!({
        "to": address(n),
        "template": pick(&TEMPLATES, n),
        "locale": locale,
        "variables": { "name": name, "order": format!("order-{}", 7_000 + n) },
        "busy": n % 9 == 4,
    })
}

/// A picture to be resized.
pub(super) fn image(n: u64) -> Value {
    json!({
        "source": format!("s3://pictures/{}-{n}.jpg", pick(&PICTURES, n)),
        "widths": [320, 640, 1280],
        "format": pick(&["webp", "avif"], n),
    })
}

/// One line of an order.
pub(super) fn line(n: u64) -> Value {
    let (sku, price) = pick(&GOODS, n);
    json!({ "sku": sku, "quantity": 1 + n % 3, "price": price })
}

/// A valid charge.
pub(super) fn charge(n: u64) -> Value {
    let (name, ..) = pick(&PEOPLE, n);
    let (sku, price) = pick(&GOODS, n);
    let quantity = 1 + n % 3;
    json!({
        "invoice": format!("INV-{}", 2_000 + n),
        "customer": { "id": format!("cus_{}", 500 + n), "name": name, "email": address(n) },
        "amount": (price * quantity as f64 * 100.0).round() / 100.0,
        "currency": pick(&["EUR", "GBP", "USD"], n),
        "due": format!("2031-{:02}-{:02}", 1 + n % 12, 1 + n % 28),
        "lines": [{ "sku": sku, "quantity": quantity, "price": price }],
    })
}

/// An item to fetch from a shelf.
pub(super) fn shelf(n: u64) -> Value {
    json!({ "sku": pick(&GOODS, n).0, "shelf": format!("{}-{:02}", pick(&["A", "B", "C"], n), n % 40) })
}

/// A requested report.
pub(super) fn report(n: u64) -> Value {
    json!({
        "month": format!("2030-{:02}", 1 + n % 12),
        "kind": pick(&["revenue", "returns", "stock"], n),
        "requestedBy": address(n),
    })
}

/// An issue of the newsletter for one reader.
pub(super) fn newsletter(n: u64) -> Value {
    json!({ "issue": 48, "to": address(n), "name": pick(&PEOPLE, n).0 })
}

/// A reminder for somebody.
pub(super) fn reminder(n: u64) -> Value {
    json!({ "to": address(n), "about": format!("The invoice INV-{} is due", 1_900 + n) })
}

#[cfg(test)]
mod tests {
    use super::super::schemas::checked::faults;
    use super::*;

    #[test]
    fn emails_are_as_their_schema_wants_them() {
        for n in 0..40 {
            assert_eq!(faults("email/v3.json", &email_v3(n)), 0);
            assert_eq!(faults("email/v2.json", &email_v2(n)), 0);
            assert_eq!(
                faults("email/v2.json", &email_v3(n)),
                0,
                "one could go back"
            );
        }
    }
}
