//! A running Bullkeeper on a Redis of its own, with a viewer, an operator and an admin.

use std::net::SocketAddr;
use std::sync::Arc;

use bullkeeper::config::Settings;
use bullkeeper::domain::access::Role;
use bullkeeper::domain::access::scope::Scope;
use bullkeeper::serve::{ConnectionLimits, Server};
use bullkeeper::service::Services;
use reqwest::StatusCode;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::person::Person;
use crate::redis::TestRedis;
use crate::stored::bullmq_keys::Jobs;
use crate::stored::users::{PASSWORD, add_user, make_users, store_on};

/// A running Bullkeeper with a viewer, an operator and an admin.
pub struct TestApp {
    /// Its Redis.
    pub redis: TestRedis,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where its metrics are, if they have an address of their own.
    pub metrics_address: Option<SocketAddr>,
    /// Its use cases, for what no page tells.
    pub services: Arc<Services>,
    /// The path everything is under; empty for the root.
    pub base: String,
    server: Option<Server>,
    stop: CancellationToken,
}

impl TestApp {
    /// With the defaults, but for a quick refresh.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With `settings` over the defaults.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::on(TestRedis::start().await, settings).await
    }

    /// On a Redis that was prepared.
    pub async fn on(redis: TestRedis, settings: &[(&str, &str)]) -> Self {
        Self::within(ConnectionLimits::of(1_000), redis, settings).await
    }

    /// The same with limits of its connections.
    pub async fn within(
        limits: ConnectionLimits,
        redis: TestRedis,
        settings: &[(&str, &str)],
    ) -> Self {
        let url = redis.url();
        let defaults = [
            ("redis", url.as_str()),
            ("bind", "127.0.0.1:0"),
            ("refresh", "500ms"),
            ("round", "500ms"),
            ("discovery", "100ms"),
            // Tests make more changes than people do.
            ("changes_per_minute", "0"),
        ];
        let overridden = |name: &str| settings.iter().any(|(other, _)| *other == name);
        let pairs: Vec<(&str, &str)> = defaults
            .into_iter()
            .filter(|(name, _)| !overridden(name))
            .chain(settings.iter().copied())
            .collect();
        // The server may not start without a user where it only reads, so users are made beforehand.
        make_users(&redis).await;
        let settings = Settings::from_pairs(&pairs).unwrap();
        let stop = CancellationToken::new();
        let server = Server::within(limits, &settings, stop.clone())
            .await
            .unwrap();
        Self {
            redis,
            address: server.address,
            metrics_address: server.metrics_address,
            services: Arc::clone(&server.services),
            base: settings.base_path.clone(),
            server: Some(server),
            stop,
        }
    }

    /// Ends the server in good order; done once it has ended.
    pub fn end(&mut self) -> impl Future<Output = ()> + use<> {
        self.stop.cancel();
        let server = self.server.take();
        async move {
            if let Some(server) = server {
                server.ended().await.unwrap();
            }
        }
    }

    /// Someone without a session.
    pub fn stranger(&self) -> Person {
        Person::new(self.address, &self.base)
    }

    /// The viewer, signed in.
    pub async fn viewer(&self) -> Person {
        self.signed_in("viewer").await
    }

    /// The operator, signed in.
    pub async fn operator(&self) -> Person {
        self.signed_in("operator").await
    }

    /// The admin, signed in.
    pub async fn admin(&self) -> Person {
        self.signed_in("admin").await
    }

    /// A user with the queues they may know of, signed in.
    pub async fn scoped(&self, name: &str, role: Role, queues: &[&str]) -> Person {
        let scope = Scope::of(queues.iter().map(|queue| (*queue).to_owned()).collect());
        add_user(&store_on(&self.redis), name, role, scope).await;
        self.signed_in(name).await
    }

    /// A user of this name, signed in.
    pub async fn signed_in(&self, name: &str) -> Person {
        let person = self.stranger();
        let answer = person.sign_in(name, PASSWORD).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{name} signs in");
        person
    }

    /// Jobs in its Redis, over a connection of their own.
    pub async fn jobs(&self) -> Jobs {
        Jobs(self.redis.connect().await)
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Another process on the same Redis.
pub struct Another {
    server: Server,
    /// Its use cases.
    pub services: Arc<Services>,
    _stop: DropGuard,
}

impl Another {
    /// Starts it with `settings` over the defaults.
    pub async fn beside(redis: &TestRedis, settings: &[(&str, &str)]) -> Self {
        let url = redis.url();
        let own = [
            ("redis", url.as_str()),
            ("bind", "127.0.0.1:0"),
            ("changes_per_minute", "0"),
        ];
        let settings = Settings::from_pairs(&[&own[..], settings].concat()).unwrap();
        let stop = CancellationToken::new();
        let server = Server::within(ConnectionLimits::of(100), &settings, stop.clone());
        let server = server.await.unwrap();
        Self {
            services: Arc::clone(&server.services),
            server,
            _stop: stop.drop_guard(),
        }
    }

    /// A user of this name, signed in there.
    pub async fn signed_in(&self, name: &str) -> Person {
        let person = Person::new(self.server.address, "");
        let answer = person.sign_in(name, PASSWORD).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{name} signs in");
        person
    }
}
