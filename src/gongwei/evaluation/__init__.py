"""How institutions are judged: schemes, rounds, scores, sampling, rectification, decided fraud, appeals."""
