// LoqedWireTests
