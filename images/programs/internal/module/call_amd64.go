package module

const finitModule = 313
