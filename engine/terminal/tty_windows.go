package terminal

const controllingTerminal = "CONIN$"
