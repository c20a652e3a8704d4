"""The compiled network engine: flows that share links max-min fairly, and schedules of flows.

`tables` holds the columns, `heap` the order of events, `sharing` the rates, `engine` the passing of time.
"""
