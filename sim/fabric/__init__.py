"""The network on SimPy: transfers on channels, and schedules of sends, driven by the compiled engine."""
