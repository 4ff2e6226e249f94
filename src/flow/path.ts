/**
 * Names, scopes and paths: where a step stands in its run.
 *
 * A scope is `''` (the run itself), `draft[2]` (a loop's round), `files[inv-7]` (a map's item) or `legal` (a branch); a path is
 * scope and name: `draft[2]/critique`. Never a counter.
 */
import { RondoError } from '../errors.ts'

export const LONGEST_NAME = 200

/** Throws `invalid_definition` unless the name can stand in a path. */
export function checkName(name: string, what: string): void {
  if (typeof name !== 'string' || name === '') throw new RondoError('invalid_definition', `${what} needs a name.`)
  if (name.length > LONGEST_NAME)
    throw new RondoError('invalid_definition', `${what} has a name of ${name.length} characters; at most ${LONGEST_NAME} are allowed.`)
  if (name.startsWith('$'))
    throw new RondoError('invalid_definition', `${what} is called "${name}": names that begin with "$" belong to Rondo.`)
  if (/[/[\]\n]/.test(name))
    throw new RondoError(
      'invalid_definition',
      `${what} is called "${name}": a name must not contain "/", "[", "]" or a line break, they mark scopes in paths.`,
    )
}

/** The name of a loop's round or a map's item, inside the scope of the loop or map: `[2]`, `[inv-7]`. */
export function turnName(key: string | number): string {
  return `[${String(key).replace(/[%/[\]\n]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`)}]`
}
