package module

const finitModule = 273
