export declare const packageOfProgram: Readonly<Record<string, string>>
export declare const packageOfTestProgram: Readonly<Record<string, string>>
