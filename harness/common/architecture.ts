/** The architectures Drydock judges, in the order in which tables show them. */
export const architectures = ['x86_64', 'arm64'] as const

export type Architecture = (typeof architectures)[number]

export const isArchitecture = (value: string): value is Architecture =>
  (architectures as readonly string[]).includes(value)
