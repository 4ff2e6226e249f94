/**
 * A key, drawn as one.
 */
import { keyCaps } from '../shell/keys.ts'

export function Key({ keys }: { readonly keys: string }): React.JSX.Element {
  const caps = keyCaps(keys)
  return (
    <span className="keys" aria-hidden="true">
      {caps.map((cap) => (
        <kbd key={cap}>{cap}</kbd>
      ))}
    </span>
  )
}
