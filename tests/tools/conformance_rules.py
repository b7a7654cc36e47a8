"""What covers each item of the service's language: the source of docs/conformance.md.

A rule names items with shell wildcards; the first that fits counts.  Tests are named as
``file::test`` below tests/unit/simulator, or from tests/ on.  ``make_conformance.py`` refuses an
item without a rule, a rule without an item, and a test that does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass

IMPLEMENTED, ASSUMED, REFUSED = "Implemented", "Assumed", "Refused"


@dataclass(frozen=True)
class Rule:
    items: str
    status: str
    tests: tuple[str, ...]
    note: str = ""


def done(items: str, *tests: str, note: str = "") -> Rule:
    return Rule(items, IMPLEMENTED, tests, note)


def assumed(items: str, note: str, *tests: str) -> Rule:
    return Rule(items, ASSUMED, tests, note)


def refused(items: str, note: str, *tests: str) -> Rule:
    return Rule(items, REFUSED, tests, note)


SUBMIT = "service/test_service_submit.py::"
SCHEDULES = "engine/test_schedules.py::"
SELECTION = "engine/test_selection.py::"
ENTRIES = "engine/test_entries.py::"
EXITS = "engine/test_exits.py::"
BY_HAND = "engine/test_runs_by_hand.py::"
ADJUST = "engine/test_adjustments.py::"
MARKERS = "engine/test_marker_legs.py::"
FEES = "engine/test_fees.py::"
COINS = "engine/test_coins.py::"
VARIABLES = "engine/test_variables.py::"
MARGINS = "engine/test_margins.py::"
TIMING = "engine/test_timing_module.py::"
OPTIONS = "engine/test_options_module.py::"
SANDBOX = "script/test_sandbox.py::"
CHAINS = "chains/test_chains_by_hand.py::"
EXTERNAL = "external/test_external_service.py::"
MISTAKES = "unit/model/test_mistakes.py::"
REFUSALS = "test_refusals.py::test_each_missing_feature_names_its_field"

_SIMPLE = f"{SELECTION}test_simple_selectors"
_COMPLEX = f"{SELECTION}test_complex_selector"
_MOVE = f"{ADJUST}test_move_leg_closes_and_reopens_under_the_same_name_and_quantity"
_MOVE_COMPLEX = (
    f"{ADJUST}test_move_leg_with_a_complex_selector_tries_contracts_in_place_of_the_old_one"
)
_MOVE_TIME = f"{ADJUST}test_move_in_time_to_a_new_expiration"
_ADD = f"{ADJUST}test_add_legs_opens_further_legs_on_an_expiration_of_the_position"
_ADD_TIME = f"{ADJUST}test_added_legs_may_bring_their_own_expirations"
_ORDER = f"{ADJUST}test_actions_of_one_condition_go_remove_move_add_update"
_ROOTS = f"{SELECTION}test_expiration_nearest_to_the_target_wins"

FIELDS = (
    done("StrategyName", f"{SUBMIT}test_names_of_full_length_are_accepted"),
    done("Description", "unit/model/test_strategy_view.py::*", note="a text, kept as it is"),
    done("Backtest", "engine/test_failures.py::test_run_without_period_or_cash_cannot_start"),
    done("Backtest.Name", f"{SUBMIT}test_a_name_is_made_on_request"),
    assumed(
        "Backtest.Start",
        "taken to the letter",
        f"{SCHEDULES}test_only_instants_between_start_and_end_count",
    ),
    assumed(
        "Backtest.End",
        "at 00:00:00 that day's session is left out; positions stay open and marked",
        f"{SCHEDULES}test_end_at_midnight_leaves_the_day_out",
        f"{BY_HAND}test_position_open_at_the_end_stays_open_and_marked",
    ),
    done("Backtest.Cash", f"{BY_HAND}test_nav_series_holds_every_bar_from_entry_to_exit"),
    done("Symbol", "test_refusals.py::test_what_is_simulated_passes", note="see Symbols"),
    done("Structure*.Name", f"{SELECTION}test_second_expiration_may_build_on_the_first"),
    done("Structure", _SIMPLE),
    done("Structure.Expirations*.Roots*", _ROOTS,
         f"{SELECTION}test_roots_without_a_priority_follow_alphabetically"),
    assumed("Structure.Expirations[].DTE", "of two equally near the earlier", _ROOTS),
    done("Structure.Expirations[].M??", _ROOTS,
         f"{SELECTION}test_missing_expiration_aborts_the_entry_and_says_why"),
    done("Structure.Expirations*", _ROOTS),
    assumed(
        "Structure.Legs[].Qty",
        "sees its own leg as one contract at mid",
        f"{ENTRIES}test_qty_may_use_the_own_price_per_contract_and_the_account",
        f"{MARKERS}test_marker_leg_is_resolved_and_not_traded",
    ),
    done("Structure.Legs[].OptionType", _SIMPLE),
    done("Structure.Legs[].ExpirationName",
         f"{SELECTION}test_second_expiration_may_build_on_the_first"),
    assumed(
        "Structure.Legs[].StrikeSelector.Complex.Target",
        "evaluated without the leg's own variables",
        _COMPLEX,
    ),
    done("Structure.Legs[].StrikeSelector.Complex*", _COMPLEX,
         "engine/test_arrays_against_lua.py::test_complex_selector_chooses_the_same_contract_as_lua"),
    done("Structure.Legs[].StrikeSelector.M??", _SIMPLE,
         f"{SELECTION}test_complex_selector_within_min_and_max_of_its_statement"),
    assumed(
        "Structure.Legs[].StrikeSelector.Delta",
        "sizes are compared, not signs; of two equally near the lower strike",
        _SIMPLE,
        f"{SELECTION}test_delta_selector_agrees_with_a_search_by_brute_force",
    ),
    done("Structure.Legs[].StrikeSelector*", _SIMPLE),
    assumed(
        "*LegGroupId",
        "accepted; groups are for live orders and change nothing here",
        f"{MARKERS}test_leg_group_id_is_accepted_and_changes_nothing",
    ),
    done("Structure.Legs*", f"{ENTRIES}test_later_leg_may_use_earlier_ones"),
    done("Entry.Schedule*", f"{SCHEDULES}test_daily_schedules"),
    done("Entry.Conditions*",
         f"{ENTRIES}test_any_true_condition_lets_the_entry_through_and_is_named"),
    assumed(
        "Entry.VarDefines*",
        "in the order written",
        f"{ENTRIES}test_variables_are_defined_in_order_then_target_then_stop",
    ),
    done("Entry.AbortConditions*",
         f"{ENTRIES}test_abort_condition_cancels_after_the_legs_are_known"),
    done("Entry.QtyMultiplier",
         f"{ENTRIES}test_qty_multiplier_scales_every_leg_before_the_abort_conditions"),
    assumed(
        "Entry.ReentryDays",
        "calendar days",
        f"{ENTRIES}test_reentry_days_count_from_the_last_exit",
    ),
    assumed(
        "Entry.Concurrency.EntryShiftDays",
        "calendar days",
        f"{ENTRIES}test_concurrency_caps_positions_and_spaces_entries_in_calendar_days",
    ),
    done("Entry.Concurrency*",
         f"{ENTRIES}test_concurrency_caps_positions_and_spaces_entries_in_calendar_days",
         f"{ENTRIES}test_one_position_at_a_time_without_concurrency"),
    done("Entry", f"{BY_HAND}test_short_put_with_time_exit_gives_events_in_the_documented_order"),
    done("Adjustment.Schedule*", f"{ADJUST}test_nothing_is_adjusted_on_the_bar_of_entry"),
    assumed(
        "Adjustment.MaxAdjustmentCount",
        "updates of variables alone do not count",
        f"{ADJUST}test_max_adjustment_count_closes_the_position_with_the_next_one",
        f"{ADJUST}test_update_vars_does_not_count_towards_the_most_adjustments",
    ),
    done("*MoveLegAdjustment.LegName", _MOVE,
         f"{ADJUST}test_move_of_a_leg_that_is_not_open_is_aborted"),
    done("*MoveLegAdjustment.StrikeSelector.Complex*", _MOVE_COMPLEX,
         f"{ADJUST}test_complex_target_of_a_move_sees_the_old_leg"),
    done("*MoveLegAdjustment.StrikeSelector*", _MOVE,
         f"{ADJUST}test_move_leg_sees_the_current_values_of_the_leg",
         f"{ADJUST}test_move_leg_targets_a_flat_position"),
    done("*MoveLegAdjustment.Expiration*", _MOVE_TIME,
         f"{ADJUST}test_move_in_time_by_looking_for_the_own_expiration_again"),
    done("*MoveLegAdjustment.VarDefines*", _ORDER),
    done("*MoveLegAdjustment", _MOVE),
    done("*RemoveLegsAdjustment.VarDefines*", _ORDER),
    done("*RemoveLegsAdjustment*", f"{ADJUST}test_remove_legs_closes_them_and_keeps_the_rest",
         f"{ADJUST}test_removal_of_the_last_leg_ends_the_position"),
    done("*AddLegsAdjustment.AbortConditions*",
         f"{ADJUST}test_add_legs_is_called_off_by_an_abort_condition"),
    done("*AddLegsAdjustment.VarDefines*", _ORDER),
    assumed(
        "*AddLegsAdjustment.Expirations*",
        "an alias without one here keeps the position's expiration",
        _ADD_TIME,
        _ADD,
    ),
    done("*AddLegsAdjustment.Legs*", _ADD,
         f"{ADJUST}test_leg_selection_constraint_holds_for_moves_and_additions"),
    done("*AddLegsAdjustment", _ADD),
    done("*UpdateVarsAdjustment*", f"{ADJUST}test_update_vars_makes_a_trailing_stop"),
    assumed(
        "Adjustment.ConditionalAdjustments*",
        "tested one after another, each after the actions of those before it",
        f"{ADJUST}test_conditions_are_tested_in_alphabetical_order_and_see_earlier_actions",
        f"{ADJUST}test_lua_comments_keep_equal_conditions_apart_and_in_order",
    ),
    assumed(
        "Adjustment",
        "after the exits of the same bar",
        f"{ADJUST}test_exit_goes_before_adjustments_on_the_same_bar",
    ),
    done("Exit.Schedule*", f"{EXITS}test_daily_schedule_does_not_see_what_happens_in_between",
         f"{EXITS}test_every_bar_is_watched_on_a_five_minute_schedule"),
    done("Exit.MaxDaysInTrade", f"{EXITS}test_max_days_is_a_number_of_decimal_calendar_days",
         f"{EXITS}test_weekend_entry_on_friday_leaves_on_monday_morning"),
    done("Exit.ProfitTarget", f"{EXITS}test_profit_target_is_met_at_its_amount"),
    assumed("Exit.StopLoss", "its size counts, not its sign",
            f"{EXITS}test_stop_loss_counts_without_its_sign"),
    assumed("Exit.Conditions*", "the last of the four reasons",
            f"{EXITS}test_any_exit_condition_is_enough_and_is_named",
            f"{EXITS}test_first_reason_in_order_counts"),
    assumed("Exit.VarDefines*", "evaluated when an exit fires",
            f"{EXITS}test_exit_variables_are_set_when_the_exit_fires_and_before_its_trades"),
    done("Exit", f"{EXITS}test_two_legs_leave_one_by_one_with_running_figures"),
    assumed(
        "ExternalData*",
        "not a number before the first row; old rows hold on",
        f"{EXTERNAL}test_a_signal_opens_the_gate_the_day_after_its_row",
        "external/test_external_table.py::test_no_value_is_seen_at_or_before_its_instant",
        "external/test_external_table.py::test_mistakes",
        "external/test_external_address.py::test_everything_else_is_refused",
    ),
    assumed("Settings.Sim.FillModel", "AtMidPrice where absent",
            f"{BY_HAND}test_bid_ask_fills_pay_the_spread_and_mark_at_the_closing_side"),
    done("Settings.Sim.SlippageAmt",
         f"{BY_HAND}test_slippage_goes_against_the_trader_both_ways_and_stays_out_of_marks"),
    done("*.DeliveryFeePctPerContract", f"{FEES}test_delivery_pays_half_and_daily_options_nothing"),
    done("*.WaiveDailyOptionsDeliveryFees",
         f"{FEES}test_delivery_pays_half_and_daily_options_nothing"),
    done("*.WaiveBuySellComboOneSide", f"{FEES}test_a_combination_pays_for_its_dearer_side",
         f"{FEES}test_without_the_waiver_both_sides_pay"),
    done("*.MaxFeePctPerContract", f"{FEES}test_cheap_options_pay_a_share_of_their_price"),
    assumed("*.?akerFeePctPerContract", "fills at mid are a maker's, others a taker's",
            f"{FEES}test_fills_at_mid_are_a_makers_others_a_takers"),
    done("Settings.Sim.Commission.Deribit*", f"{FEES}test_models_and_defaults"),
    assumed("Settings.Sim.Commission*", "nothing where absent, nothing at settlement",
            f"{BY_HAND}test_pm_settlement_pays_intrinsic_of_the_close_without_a_fee"),
    assumed(
        "Settings.Sim.PositionMonitor*",
        "accepted; the traces have no route of the API and are not kept",
        "test_refusals.py::test_what_is_simulated_passes",
    ),
    done("Settings.Core.Margin.HouseMultiplier",
         f"{MARGINS}test_an_iron_condor_asks_for_one_side"),
    assumed("Settings.Core.Margin.RegTMode", "CBOEPermissive where absent",
            "margin/test_worked_examples.py::test_worked_example",
            f"{MARGINS}test_an_uncovered_put_by_hand"),
    assumed("Settings.Core.Margin.PMConfig*", "10 and 10 where absent",
            f"{MARGINS}test_risk_based_margin_by_hand",
            "margin/test_margin_properties.py::"
            "test_uneven_bounds_keep_todays_price_in_the_curve"),
    done("Settings.Core.Margin*", "margin/test_worked_examples.py::test_worked_example",
         "margin/test_margin_properties.py::test_no_pairing_found_by_exhaustive_search_is_cheaper"),
    assumed("Settings.Core.LegSelectionConstraint", "FullyUnique where absent",
            f"{SELECTION}test_leg_selection_constraint"),
    assumed("Settings.Core.ExpirationSelectionConstraint", "AllowReuse where absent",
            f"{SELECTION}test_reuse_of_an_expiration",
            f"{ADJUST}test_expiration_selection_constraint_holds_for_adjustments"),
    done("Settings*", "engine/test_templates_balance.py::test_books_balance"),
    done("MesoSimVersion", "unit/model/test_fields.py::*", note="written by the engine; ignored"),
)  # fmt: skip

CHOICES = (
    done("*OptionType = *", _SIMPLE),
    done("*FillModel = AtMidPrice",
         f"{BY_HAND}test_short_put_with_time_exit_gives_events_in_the_documented_order"),
    done("*FillModel = AtBidAsk",
         f"{BY_HAND}test_bid_ask_fills_pay_the_spread_and_mark_at_the_closing_side"),
    done("*CommissionModel = FixedFee",
         f"{BY_HAND}test_short_put_with_time_exit_gives_events_in_the_documented_order"),
    done("*CommissionModel = Deribit", f"{FEES}test_a_contract_pays_a_share_of_the_coin",
         f"{COINS}test_a_spread_pays_one_side"),
    assumed("*TraceCollectionInterval = *", "accepted; no traces are kept",
            "test_refusals.py::test_what_is_simulated_passes"),
    done("*Margin.Model = None", f"{MARGINS}test_without_a_model_there_is_no_margin"),
    done("*Margin.Model = RegT", "margin/test_worked_examples.py::test_worked_example",
         "margin/test_margin_properties.py::test_no_pairing_found_by_exhaustive_search_is_cheaper"),
    refused("*Margin.Model = RegT, *", "the rule book has no rates for them", REFUSALS),
    assumed("*Margin.Model = PMLike", "21 shocks between the bounds",
            f"{MARGINS}test_risk_based_margin_by_hand",
         "margin/test_margin_properties.py::test_risk_based_margin_is_the_worst_of_the_shocks"),
    done("*RegTMode = *", "margin/test_worked_examples.py::test_worked_example"),
    done("*LegSelectionConstraint = *", f"{SELECTION}test_leg_selection_constraint"),
    done("*ExpirationSelectionConstraint = *", f"{SELECTION}test_reuse_of_an_expiration"),
    done("Every = day", f"{SCHEDULES}test_daily_schedules"),
    assumed("Every = 5min", "before the close: every bar from the open to that time",
            f"{SCHEDULES}test_every_five_minutes_from_an_offset_to_the_close",
            f"{SCHEDULES}test_every_five_minutes_until_an_offset_before_the_close"),
    done("Every = s??", "test_refusals.py::test_coins_trade_on_weekends_with_fees_of_their_own",
         REFUSALS, note="for coins; refused for all others"),
    done("Every = *", f"{SCHEDULES}test_daily_schedules"),
)  # fmt: skip

SYMBOLS = (
    done("SPX", "market/test_market.py::*", note="bundled history, own series or synthetic"),
    done("RUT", "market/test_market_instruments.py::test_rut_follows_the_levels_of_the_index",
         "e2e/test_templates_account.py::*", note="bundled (on IWM) or own series"),
    done("VIX", "market/test_market_instruments.py::test_vix_settles_on_its_own_open",
         "market/test_market_instruments.py::"
         "test_vix_expires_thirty_days_before_the_next_third_friday",
         note="on modelled futures; bundled or own series"),
    done("GLD", "market/test_market_instruments.py::test_gold_needs_the_users_own_prices",
         "market/test_market_pricing_styles.py::test_american_prices_and_greeks_of_gold",
         note="with the user's own gld.csv; without it a refusal says so"),
    done("BTCUSD", f"{COINS}test_a_held_call_pays_its_share_of_the_coin",
         "market/test_market_instruments.py::"
         "test_coins_settle_at_eight_on_the_mean_of_half_an_hour",
         note="bundled history (2015-2018) or own series; inverse, coin-settled, every day"),
    done("*USD", "test_refusals.py::test_a_symbol_without_history_says_what_to_supply",
         "market/test_market_instruments.py::test_coins_want_every_day",
         note="with the user's own series; without them a refusal names what is missing"),
    done("any other", "chains/test_chains_import.py::"
         "test_the_service_runs_on_chains_and_refuses_other_symbols",
         note="on recorded chains of that symbol only"),
)  # fmt: skip

VARIABLES_TABLE = (
    done("expiration_{}_m??", f"{SELECTION}test_second_expiration_may_build_on_the_first",
         note="while selecting"),
    done("*_margin", f"{MARGINS}test_conditions_may_use_margin",
         f"{MARGINS}test_the_account_is_the_sum_of_its_positions"),
    done("profit_target", f"{ENTRIES}test_variables_are_defined_in_order_then_target_then_stop"),
    done("stop_loss", f"{ENTRIES}test_variables_are_defined_in_order_then_target_then_stop"),
    done("acc_*", f"{VARIABLES}test_account_sums_over_positions", f"{VARIABLES}test_value"),
    done("leg_{}_price", f"{VARIABLES}test_bid_ask_prices_a_leg_at_the_side_of_its_next_trade",
         f"{VARIABLES}test_value"),
    assumed("days_in_trade", "the bare name survives beside timing.*", f"{VARIABLES}test_value"),
    assumed("minutes_*", "the bare name survives beside timing.*", f"{VARIABLES}test_value"),
    done("underlying_hv", "market/test_market_volatility.py::*", f"{VARIABLES}test_value"),
    done("underlying_iv*", "market/test_market_volatility.py::*", f"{VARIABLES}test_value"),
    done("column of the external data",
         f"{EXTERNAL}test_a_signal_opens_the_gate_the_day_after_its_row"),
    done("name of VarDefines",
         f"{ENTRIES}test_variables_are_defined_in_order_then_target_then_stop"),
    done("*", f"{VARIABLES}test_value", f"{VARIABLES}test_expression_reads_the_same_value"),
)  # fmt: skip

FUNCTIONS = (
    assumed("random", "one seed per run, from the service's",
            f"{ENTRIES}test_random_gate_rejects_zero_and_allows_one",
            f"{SANDBOX}test_numbers_are_those_of_splitmix64"),
    assumed("condition", "a number is true when it is not 0; what is no number is false",
            f"{SANDBOX}test_condition_is_true_for_true_and_for_nonzero_numbers"),
    assumed("missing value", "fails the run with the expression's path",
            "engine/test_failures.py::test_missing_variable_is_named"),
    done("*", f"{SANDBOX}test_expression_gives"),
)  # fmt: skip

MODULES = (
    done("timing.*_days_until", f"{TIMING}test_timing_functions",
         f"{TIMING}test_documented_example_is_true_on_the_last_trading_day_of_a_month"),
    done("timing.*_days_after", f"{TIMING}test_timing_functions"),
    assumed("timing.*_days_in", "days between two instants of a period",
            f"{TIMING}test_timing_functions"),
    done("timing.*", f"{TIMING}test_timing_values_in_a_run"),
    done("anchor monthly_opex", f"{TIMING}test_documented_example_exits_a_day_before_opex"),
    done("anchor next_month",
         f"{TIMING}test_documented_example_is_true_on_the_last_trading_day_of_a_month"),
    assumed("anchor *", "inferred from the documented ones",
            f"{TIMING}test_every_anchor_runs_down_evenly_and_jumps_only_when_it_is_reached"),
    done("boundary first",
         f"{TIMING}test_documented_example_is_true_on_the_last_trading_day_of_a_month"),
    assumed("boundary *", "inferred from first", f"{TIMING}test_timing_functions"),
    assumed("options.model", "the DTE is the nearest leg's own scale; no further parameters",
            f"{OPTIONS}test_projection_agrees_with_quantlib",
            f"{OPTIONS}test_model_now_agrees_with_the_marks_of_the_market_model"),
    assumed("options.model_solver", "nil without a root",
            f"{OPTIONS}test_solver_finds_the_break_even_prices_of_a_strangle",
            f"{OPTIONS}test_solver_scans_from_the_first_price_to_the_second",
            f"{OPTIONS}test_solver_without_a_root_gives_nil"),
    refused("any other *", "not public, so it would be guessed at", REFUSALS),
    done("metric *", f"{OPTIONS}test_projection_agrees_with_quantlib",
         f"{OPTIONS}test_model_now_agrees_with_the_marks_of_the_market_model"),
    done("goal zero", f"{OPTIONS}test_solver_finds_the_break_even_prices_of_a_strangle"),
    done("goal m*imize", f"{OPTIONS}test_solver_scans_from_the_first_price_to_the_second"),
    done("return mode *", f"{OPTIONS}test_solver_scans_from_the_first_price_to_the_second"),
)  # fmt: skip

EVENTS = (
    done("AdjustmentSignal",
         f"{ADJUST}test_max_adjustment_count_closes_the_position_with_the_next_one"),
    assumed("AdjustmentDetail", "wording", _MOVE),
    assumed("AdjustmentAborted", "wording",
            f"{ADJUST}test_move_of_a_leg_that_is_not_open_is_aborted"),
    refused("Indicator*", "version 3 has no indicators; xlmeso migrate names each.",
            "unit/migration/test_migration_library.py::test_the_indicators_are_told_in_full"),
    done("MissingData", f"{CHAINS}test_a_missing_day_is_told_and_the_mark_holds",
         f"{CHAINS}test_three_missing_days_liquidate_at_the_last_known_price",
         note="on recorded chains; a modelled market has no gaps"),
    done("PriceZero", f"{ENTRIES}test_fill_at_zero_is_pointed_at",
         f"{CHAINS}test_a_price_of_zero_is_told"),
    done("StrikeNotFound", f"{SELECTION}test_strike_not_found_names_leg_and_selector"),
    done("EntryAborted", f"{ENTRIES}test_abort_condition_cancels_after_the_legs_are_known"),
    done("EntrySignal", f"{ENTRIES}test_any_true_condition_lets_the_entry_through_and_is_named"),
    assumed("ExitSignal", "wording", f"{EXITS}test_any_exit_condition_is_enough_and_is_named"),
    done("VariableSet", f"{ENTRIES}test_variables_are_defined_in_order_then_target_then_stop"),
    assumed("Settlement", "wording",
            f"{BY_HAND}test_pm_settlement_pays_intrinsic_of_the_close_without_a_fee",
            f"{BY_HAND}test_am_settlement_pays_intrinsic_of_the_open_before_anything_else"),
    done("Failed", "test_runs.py::"
         "test_fault_of_the_strategy_fails_with_path_and_keeps_what_was_reached"),
    assumed("Finish", "wording", f"{BY_HAND}test_messages_follow_the_observed_patterns"),
    assumed("ExitTrade", "wording", f"{BY_HAND}test_messages_follow_the_observed_patterns"),
    done("*", f"{BY_HAND}test_messages_follow_the_observed_patterns",
         f"{BY_HAND}test_short_put_with_time_exit_gives_events_in_the_documented_order"),
)  # fmt: skip

BEHAVIOUR = (
    done("every valid definition runs to its end", "engine/test_random_definitions.py::*"),
    done("clock and calendar (4.1)", f"{SCHEDULES}test_daily_schedules",
         "market/test_market_sessions.py::*"),
    done("missing data liquidates (4.1)",
         f"{CHAINS}test_three_missing_days_liquidate_at_the_last_known_price"),
    done("24x7 and 00:00 UTC for coins (4.1)", f"{COINS}test_midnight_is_open_and_close"),
    done("fills and slippage (4.2)",
         f"{BY_HAND}test_slippage_goes_against_the_trader_both_ways_and_stays_out_of_marks"),
    done("commission (4.3)", f"{FEES}test_models_and_defaults",
         f"{BY_HAND}test_pm_settlement_pays_intrinsic_of_the_close_without_a_fee"),
    done("settlement AM and PM (4.4)",
         f"{BY_HAND}test_am_settlement_pays_intrinsic_of_the_open_before_anything_else",
         f"{BY_HAND}test_pm_settlement_pays_intrinsic_of_the_close_without_a_fee"),
    done("settlement of coins (4.4)", "market/test_market_instruments.py::"
         "test_coins_settle_at_eight_on_the_mean_of_half_an_hour"),
    done("American options of GLD (4.4)",
         "market/test_market_pricing_styles.py::test_american_prices_and_greeks_of_gold"),
    assumed("margin is recorded, not enforced (4.5)", "inferred",
            f"{MARGINS}test_margin_is_not_enforced"),
    assumed("return on max margin (4.5)", "variables pos_max_margin and pos_return_on_max_margin",
            f"{MARGINS}test_return_on_the_largest_margin_stands_on_the_last_trade"),
    done("PnL and NAV (4.6)", "engine/test_accounting_properties.py::test_books_balance",
         f"{BY_HAND}test_nav_series_holds_every_bar_from_entry_to_exit"),
    done("days in trade (4.7)", f"{EXITS}test_max_days_is_a_number_of_decimal_calendar_days"),
    done("IV, HV, rank, percentile (4.8)", "market/test_market_volatility.py::*"),
    done("external data: header, names, numbers (4.8)",
         "external/test_external_table.py::test_mistakes",
         "external/test_external_table.py::test_the_documented_message_of_the_first_column"),
    done("external data: look-ahead (4.8)",
         "external/test_external_table.py::"
         "test_a_date_is_known_the_next_day_and_a_time_after_its_instant",
         "external/test_external_table.py::test_no_value_is_seen_at_or_before_its_instant"),
    done("external data: hosts, size, time (4.8)",
         "external/test_external_address.py::test_everything_else_is_refused",
         "external/test_external_fetch.py::test_refusals",
         "external/test_external_fetch.py::test_a_slow_server_is_given_up_in_time"),
    done("external data: kept for 30 s, copy with the run (4.8)",
         f"{EXTERNAL}test_a_csv_is_fetched_once_in_thirty_seconds",
         f"{EXTERNAL}test_a_signal_opens_the_gate_the_day_after_its_row"),
    assumed("NAV CSV (6)", "names of the columns",
            "test_nav_csv.py::test_a_small_file_reads_exactly_so",
            f"{MARGINS}test_the_nav_file_has_a_column_for_it"),
    done("API routes (7)", "conformance/test_backtest_api.py::*"),
    done("analytics fields (8)",
         "test_analytics.py::test_fields_are_the_55_of_the_api_in_its_order",
         "test_analytics.py::test_two_column_quirks_against_pandas",
         "test_analytics_golden.py::*"),
    done("migration of version 1 and 2 (2)",
         "unit/migration/test_migration_library.py::test_every_one_converts_and_is_valid",
         "unit/migration/test_migration_rows.py::*"),
)  # fmt: skip
"""What is no name of the language: the behaviour of reference sections 4 to 8, by section."""
