export declare const packageOfFirmware: Readonly<Record<'x86_64' | 'aarch64', string>>
export declare const missingFirmwarePackages: (folders?: readonly string[]) => string[]
