import { neutralise, neutraliseLine } from '../common/text.ts'

/**
 * Takes commands to continuous integration out of text: GitHub's `::error::` and `##[error]`, Azure's `##vso[`,
 * TeamCity's `##teamcity[`. Some are obeyed anywhere in a line, so they are broken wherever they stand.
 */
const withoutCommands = (text: string): string =>
  text.replace(/:(?=:[a-z])/gi, '\\x3a').replace(/#(?=#(?:[a-z]+)?\[)/gi, '\\x23')

/** Text of a guest for a log or a terminal, in one line of at most `limit` characters. */
export const safeLine = (text: string, limit?: number): string => withoutCommands(neutraliseLine(text, limit))

/** The same for text of several lines; trailing blank lines go. */
export const safeLines = (text: string): readonly string[] =>
  withoutCommands(neutralise(text)).replaceAll('\t', '  ').trimEnd().split('\n')
