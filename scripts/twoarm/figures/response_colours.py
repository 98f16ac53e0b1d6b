"""The colour and the printed name of each overall response, the best first: the same in every figure."""

# Paul Tol's muted palette, apart from the arms' colours and distinct to colour-blind readers.
RESPONSES = {
    "CR": ("#117733", "Complete response"),
    "PR": ("#44AA99", "Partial response"),
    "SD": ("#DDCC77", "Stable disease"),
    "NON-CR/NON-PD": ("#999933", "Non-CR/non-PD"),
    "PD": ("#882255", "Progressive disease"),
    "NE": ("#888888", "Not evaluable"),
}
