// LoqedSimulator
