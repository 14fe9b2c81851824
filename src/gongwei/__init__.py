"""gongwei (公卫): the system a county runs the National Essential Public Health Services programme with."""
