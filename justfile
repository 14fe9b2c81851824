# Short names for the one command.

check:
    ./gongwei check

test *ARGUMENTS:
    ./gongwei test {{ARGUMENTS}}

docs:
    ./gongwei docs

demo:
    ./gongwei demo
