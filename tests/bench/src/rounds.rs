//! In this process: each round asks every contender in turn, and ratios are taken within a round.

use std::{collections::BTreeMap, pin::Pin, time::Duration};

use crate::{
    contenders::{Contender, Name},
    cpu,
    flow::{Answer, Ask, Mode, Paths, unknown_code},
    report::{Cell, Samples},
};

/// A contender of any kind, to be run for one mode; the processor time of `count` runs.
pub(crate) trait Run {
    fn run<'a>(&'a mut self, mode: Mode, count: usize) -> Pin<Box<dyn Future<Output = Duration> + 'a>>;
}

pub(crate) struct Bench<C> {
    contender: C,
    refresh_tokens: Vec<String>,
    access_tokens: Vec<String>,
}

impl<C: Contender> Bench<C> {
    pub(crate) fn new(contender: C) -> Self {
        Self { contender, refresh_tokens: Vec::new(), access_tokens: Vec::new() }
    }

    async fn measure(&mut self, mode: Mode, count: usize) -> Duration {
        match mode {
            Mode::Flow | Mode::Confidential => {
                let (authorizing, answers) = self.send(&vec![self.paths().authorize(mode.client()); count]).await;
                let asks: Vec<Ask> = answers.iter().map(|answer| self.paths().token(mode, answer.code())).collect();
                authorizing + self.asked(mode, &asks).await.0
            }
            Mode::RefusedCode | Mode::UnknownClient => {
                let code = unknown_code(&self.codes(mode, 1).await[0]);
                self.asked(mode, &vec![self.paths().token(mode, &code); count]).await.0
            }
            Mode::WrongVerifier => {
                let codes = self.codes(mode, count).await;
                let asks: Vec<Ask> = codes.iter().map(|code| self.paths().token(mode, code)).collect();
                self.asked(mode, &asks).await.0
            }
            Mode::Refresh => {
                if self.refresh_tokens.len() < count {
                    self.refresh_tokens = self.tokens(mode, "refresh_token", count).await;
                }
                let asks: Vec<Ask> = self.refresh_tokens.iter().map(|token| self.paths().refresh(token)).collect();
                let (time, answers) = self.asked(mode, &asks).await;
                self.refresh_tokens = answers.iter().map(|answer| answer.member("refresh_token")).collect();
                time
            }
            Mode::Introspection => {
                if self.access_tokens.len() < count {
                    self.access_tokens = self.tokens(mode, "access_token", count).await;
                }
                let asks: Vec<Ask> = self.access_tokens.iter().map(|token| self.paths().introspect(token)).collect();
                let (time, answers) = self.asked(mode, &asks).await;
                assert!(answers.iter().all(|answer| answer.body.starts_with(br#"{"active":true"#)), "a token is not alive");
                time
            }
            Mode::Metadata => self.asked(mode, &vec![self.paths().metadata(); count]).await.0,
        }
    }

    fn paths(&self) -> &Paths {
        self.contender.paths()
    }

    async fn codes(&self, mode: Mode, count: usize) -> Vec<String> {
        let client = if mode == Mode::UnknownClient { Mode::Flow.client() } else { mode.client() };
        let (_, answers) = self.send(&vec![self.paths().authorize(client); count]).await;
        answers.iter().map(|answer| answer.code().to_owned()).collect()
    }

    async fn tokens(&self, mode: Mode, member: &str, count: usize) -> Vec<String> {
        let codes = self.codes(mode, count).await;
        let asks: Vec<Ask> = codes.iter().map(|code| self.paths().token(mode, code)).collect();
        self.send(&asks).await.1.iter().map(|answer| answer.member(member)).collect()
    }

    async fn asked(&self, mode: Mode, asks: &[Ask]) -> (Duration, Vec<Answer>) {
        let (time, answers) = self.send(asks).await;
        if let Some(wrong) = answers.iter().find(|answer| !mode.is_answered_by(answer.status)) {
            wrong.complain();
        }
        (time, answers)
    }

    async fn send(&self, asks: &[Ask]) -> (Duration, Vec<Answer>) {
        let requests: Vec<C::Request> = asks.iter().map(|ask| self.contender.prepare(ask)).collect();
        let mut answers = Vec::with_capacity(asks.len());
        let before = cpu::of_thread();
        for request in requests {
            answers.push(self.contender.call(request).await);
        }
        (cpu::of_thread() - before, answers)
    }
}

impl<C: Contender> Run for Bench<C> {
    fn run<'a>(&'a mut self, mode: Mode, count: usize) -> Pin<Box<dyn Future<Output = Duration> + 'a>> {
        Box::pin(self.measure(mode, count))
    }
}

/// Runs the contenders against each other, each `count` times in each mode and round.
pub(crate) async fn run(rounds: usize, count: usize, names: &[Name], modes: &[Mode]) -> Samples {
    let mut benches = BTreeMap::new();
    for name in names {
        benches.insert(*name, name.bench().await);
    }
    let mut samples = Samples::default();
    // One more to warm up.
    for round in 0..=rounds {
        for mode in modes {
            let turn = names.iter().cycle().skip(round).take(names.len()).filter(|name| name.does(*mode));
            for name in turn {
                let time = benches.get_mut(name).expect("a bench").run(*mode, count).await;
                if round > 0 {
                    samples.add(Cell { name: *name, mode: *mode }, time.as_secs_f64() * 1e6 / count as f64);
                }
            }
        }
    }
    samples
}
