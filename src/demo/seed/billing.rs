//! The charges that failed, and the worker's checks of a charge. These demand nothing that the schema does not, so data
//! that the schema accepts always succeeds.

use serde_json::{Value, json};
use time::Date;
use time::macros::format_description;

/// A charge whose data is wrong.
pub(crate) struct BadCharge {
    /// The job's id.
    pub(crate) id: &'static str,
    /// The job's data.
    pub(crate) data: Value,
}

/// The charge that the order [`STUCK_ORDER`](crate::demo::seed::flows::STUCK_ORDER) waits for.
pub(crate) fn charge_of_stuck_order() -> BadCharge {
    bad("invoice-1047", 8, |data| {
        data["customer"]["email"] = json!("anna.weber.example.com");
    })
}

/// The other bad charges, each wrong in its own way.
pub(crate) fn bad_charges() -> Vec<BadCharge> {
    vec![
        bad("invoice-1041", 9, |data| data["amount"] = json!("12,50")),
        bad("invoice-1042", 3, |data| {
            if let Some(members) = data.as_object_mut() {
                members.shift_remove("currency");
            }
        }),
        bad("invoice-1043", 2, |data| {
            data["customer"]["email"] = json!("chloe.martin@example,com");
        }),
        bad("invoice-1044", 12, |data| data["currency"] = json!("EURO")),
        bad("invoice-1045", 5, |data| {
            data["lines"][0]["quantity"] = json!(0)
        }),
        bad("invoice-1046", 7, |data| {
            data["amount"] = json!(-420);
            data["due"] = json!("31.12.2031");
            data["note"] = json!("Please charge before the year ends.");
        }),
    ]
}

/// Charges of a customer whose shop writes amounts as texts: they fail like `invoice-1041`.
pub(crate) fn text_amounts() -> Vec<BadCharge> {
    let all = [
        ("invoice-1051", 21, "39,90"),
        ("invoice-1052", 22, "25,00"),
        ("invoice-1053", 23, "21,75"),
        ("invoice-1054", 24, "210,00"),
        ("invoice-1055", 25, "79,80"),
        ("invoice-1056", 26, "1.260,00"),
    ];
    all.into_iter()
        .map(|(id, n, amount)| bad(id, n, |data| data["amount"] = json!(amount)))
        .collect()
}

/// A refund whose amount a program wrote as a text, with a decimal comma.
pub(crate) fn refund_in_text(n: u64) -> Value {
    let mut data = crate::demo::data::charge(n);
    data["invoice"] = json!(format!("INV-{}", 4_000 + n));
    let amount = data["amount"].as_f64().unwrap_or_default();
    data["amount"] = json!(format!("{amount:.2}").replace('.', ","));
    data
}

/// The charge with the number `n`, made invalid.
fn bad(id: &'static str, n: u64, spoil: impl FnOnce(&mut Value)) -> BadCharge {
    let mut data = crate::demo::data::charge(n);
    data["invoice"] = json!(id.replace("invoice", "INV"));
    spoil(&mut data);
    BadCharge { id, data }
}

/// Charges, or returns why it can't.
pub(crate) fn receipt(data: &Value) -> Result<Value, String> {
    let invoice = &data["invoice"];
    let amount = amount(&data["amount"])?;
    let currency = currency(data)?;
    recipient(&data["customer"]["email"])?;
    due(&data["due"])?;
    for (at, line) in data["lines"].as_array().into_iter().flatten().enumerate() {
        if line["quantity"]
            .as_f64()
            .is_some_and(|quantity| quantity < 1.0)
        {
            return Err(format!(
                "line {} of {invoice}: the quantity must be at least 1, got {}",
                at + 1,
                line["quantity"]
            ));
        }
    }
    Ok(
        json!({ "invoice": invoice, "charged": amount, "currency": currency, "gateway": "accepted" }),
    )
}

fn amount(amount: &Value) -> Result<&Value, String> {
    let Value::Number(number) = amount else {
        return Err(format!("amount must be a number, got {amount}"));
    };
    // A number outside a double's range is not an f64; the gateway would refuse such a sum.
    match number.as_f64() {
        Some(sum) if sum <= 0.0 => Err(format!("amount must be more than 0, got {amount}")),
        _ => Ok(amount),
    }
}

fn currency(data: &Value) -> Result<&str, String> {
    match data.get("currency") {
        None => Err("cannot read the currency of a charge that has none".to_owned()),
        Some(Value::String(code)) if code.len() == 3 => Ok(code),
        Some(other) => Err(format!("the gateway knows no currency {other}")),
    }
}

fn recipient(email: &Value) -> Result<(), String> {
    let parts = email.as_str().and_then(|email| email.rsplit_once('@'));
    let right = |(local, host): (&str, &str)| !local.is_empty() && !host.contains([',', ' ']);
    match parts.is_some_and(right) {
        true => Ok(()),
        false => Err(format!(
            "the receipt can't be sent to {email}: no such address"
        )),
    }
}

fn due(due: &Value) -> Result<(), String> {
    let form = format_description!("[year]-[month]-[day]");
    match due.as_str().map(|text| Date::parse(text, form)) {
        Some(Ok(_)) => Ok(()),
        _ => Err(format!("due must be a date such as 2031-12-31, got {due}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::schemas::checked::faults;

    fn repaired(bad: &BadCharge) -> Value {
        let mut data = bad.data.clone();
        match bad.id {
            "invoice-1041" => data["amount"] = json!(12.5),
            "invoice-1042" => data["currency"] = json!("GBP"),
            "invoice-1043" => data["customer"]["email"] = json!("chloe.martin@example.com"),
            "invoice-1044" => data["currency"] = json!("EUR"),
            "invoice-1045" => data["lines"][0]["quantity"] = json!(1),
            "invoice-1046" => {
                data["amount"] = json!(420);
                data["due"] = json!("2031-12-31");
            }
            "invoice-1047" => data["customer"]["email"] = json!("anna.weber@example.com"),
            other => panic!("nobody knows how to repair {other}"),
        }
        data
    }

    #[test]
    fn every_bad_charge_is_refused_by_schema_and_worker_until_it_is_repaired() {
        let mut all = bad_charges();
        all.push(charge_of_stuck_order());
        for bad in all.iter().chain(&text_amounts()) {
            assert!(faults("billing.json", &bad.data) > 0, "{}", bad.id);
            assert!(receipt(&bad.data).is_err(), "{}", bad.id);
        }
        for bad in &all {
            let data = repaired(bad);
            assert_eq!(faults("billing.json", &data), 0, "{}", bad.id);
            assert!(receipt(&data).is_ok(), "{}", bad.id);
        }
    }

    #[test]
    fn good_charges_succeed() {
        for n in 0..60 {
            let data = crate::demo::data::charge(n);
            assert_eq!(faults("billing.json", &data), 0, "{data}");
            assert!(receipt(&data).is_ok(), "{data}");
        }
    }
}
