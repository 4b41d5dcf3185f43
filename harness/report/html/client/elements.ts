/** Elements by selector; what is not there is left out, since every part of a report may be missing. */
export const all = <Kind extends Element>(
  selector: string,
  kind: new () => Kind,
  below: ParentNode = document,
): Kind[] =>
  [...below.querySelectorAll(selector)].filter((element): element is Kind => element instanceof kind)

export const one = <Kind extends Element>(
  selector: string,
  kind: new () => Kind,
  below: ParentNode = document,
): Kind | undefined => all(selector, kind, below)[0]

/** Shows what only works with scripts. */
export const reveal = (element: HTMLElement | undefined): void => {
  if (element !== undefined) element.hidden = false
}
