/// What is asked of the server, by the hour and by tenant: how often, how fast, how many tokens.
///
/// For the charts of administrators. Knows no request and no caller, and decides nothing: budgets
/// count for themselves, and what operators watch are the metrics of `/actuator/prometheus`.
@NullMarked
package engram.api.usage;

import org.jspecify.annotations.NullMarked;
