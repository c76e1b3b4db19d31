// LoqedWire
