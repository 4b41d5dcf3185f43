export declare const packageOfProgram: Readonly<Record<string, string>>
