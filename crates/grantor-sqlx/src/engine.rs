//! What the two databases do differently, and nothing else.

use std::{sync::Arc, time::Duration};

use sqlx::{AssertSqlSafe, Database, Encode, Transaction, Type, pool::PoolConnection, query::Query};

use crate::Tables;

/// One parameter of a statement.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    Bytes(&'a [u8]),
    MaybeBytes(Option<&'a [u8]>),
    Text(&'a str),
    Integer(i64),
}

/// A database that the stores run on.
pub trait Engine: Database {
    /// Whether writers stand in line in this process, since the database takes one at a time and the rest would poll.
    const ONE_WRITER: bool;
    /// The steps of the schema, oldest first.
    const STEPS: &'static [&'static str];
    /// Deletes at most `$2` grants past `$1`, which is judged by what is stored at that moment.
    const SWEEP: &'static str;
    /// The documents of subject `$1` that have not ended, behind id `$2`, at most `$3`.
    const OF_SUBJECT: &'static str;
    /// Counts tables of the name `$1`.
    const TABLES_NAMED: &'static str;

    /// Runs a statement; how many rows it changed.
    fn execute(
        connection: &mut Self::Connection,
        sql: &Arc<str>,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<u64, sqlx::Error>> + Send;

    /// The first column of all rows: documents.
    fn documents(
        connection: &mut Self::Connection,
        sql: &Arc<str>,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<Vec<Vec<u8>>, sqlx::Error>> + Send;

    /// The first column of the only row: a number.
    fn number(
        connection: &mut Self::Connection,
        sql: &Arc<str>,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<i64, sqlx::Error>> + Send;

    /// Several statements of ours in one text, without parameters.
    fn script(connection: &mut Self::Connection, sql: String) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Begins a transaction that no other migration runs beside.
    fn begin_migration<'c>(
        connection: &'c mut Self::Connection,
        tables: &Tables,
    ) -> impl Future<Output = Result<Transaction<'c, Self>, sqlx::Error>> + Send;

    /// Whether the statement was turned away without a trace because another one was at work, so that it may be repeated.
    fn was_turned_away(error: &sqlx::Error) -> bool;

    /// Whether the connection is gone, so that a reading statement may be repeated on another.
    fn has_lost_connection(error: &sqlx::Error) -> bool;

    /// Whether these tables can be in this database.
    fn takes(tables: &Tables) -> bool;

    /// Puts a connection back, whatever became of its statement, or ends it if its transaction may still be open.
    fn give_back(connection: &mut PoolConnection<Self>, limit: Duration, in_transaction: bool);

    /// What a code of the database means to an operator.
    fn meaning(code: &str) -> Option<&'static str>;
}

/// The statement with its parameters. Both databases read `$1`, and prepare a text once for each connection.
pub(crate) fn bound<'q, D>(sql: &Arc<str>, values: &[Value<'q>]) -> Query<'q, D, D::Arguments>
where
    D: Database,
    &'q [u8]: Encode<'q, D> + Type<D>,
    Option<&'q [u8]>: Encode<'q, D> + Type<D>,
    &'q str: Encode<'q, D> + Type<D>,
    i64: Encode<'q, D> + Type<D>,
{
    let bare = sqlx::query(AssertSqlSafe(Arc::clone(sql)));
    values.iter().fold(bare, |query, value| match *value {
        Value::Bytes(bytes) => query.bind(bytes),
        Value::MaybeBytes(bytes) => query.bind(bytes),
        Value::Text(text) => query.bind(text),
        Value::Integer(number) => query.bind(number),
    })
}
