"""The colour and printed name of each overall response, best first, for every figure."""

# Paul Tol's muted palette, different from the arms' colours and distinct for colour-blind readers.
RESPONSES = {
    "CR": ("#117733", "Complete response"),
    "PR": ("#44AA99", "Partial response"),
    "SD": ("#DDCC77", "Stable disease"),
    "NON-CR/NON-PD": ("#999933", "Non-CR/non-PD"),
    "PD": ("#882255", "Progressive disease"),
    "NE": ("#888888", "Not evaluable"),
}
