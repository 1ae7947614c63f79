import ArgumentParser

@main
struct VarveMain: ParsableCommand {}
