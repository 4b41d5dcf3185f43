/** What became of a thing from one record to the next. `new` and `gone` are neither better nor worse by themselves. */
export const changeKinds = ['regressed', 'improved', 'changed', 'new', 'gone'] as const
export type ChangeKind = (typeof changeKinds)[number]

/** Better or worse; undefined where nobody can say. */
export type Direction = 'regressed' | 'improved' | undefined

/** One property that is another than before; undefined where it is not there. Guest bytes: to be neutralised. */
export interface Detail {
  /** Empty where the thing has only one. */
  readonly property: string
  readonly before: string | undefined
  readonly after: string | undefined
  readonly kind: Exclude<ChangeKind, 'new' | 'gone'>
}

/** One thing that is not as it was. */
export interface Change {
  /** Id of a category. */
  readonly category: string
  readonly name: string
  readonly kind: ChangeKind
  readonly details: readonly Detail[]
  /** Why the policy accepts it; undefined where it does not. */
  readonly accepted?: string | undefined
}

export type Properties = Readonly<Record<string, string>>

/** Things by name. */
export type Rows = ReadonlyMap<string, Properties>
