/**
 * A field for the text of a prompt: lines with numbers, what is in braces set off, and the line that is wrong.
 *
 * The field is the browser's own. What stands behind it has the same text in the same type, so that numbers and tints are where the lines
 * are, however they wrap.
 */
import { useId } from 'react'

export function Editor(props: {
  readonly value: string
  readonly label: string
  readonly readOnly: boolean
  /** Which line is wrong, from 1, and why. */
  readonly problem?: { readonly line?: number; readonly message: string } | undefined
  readonly onChange: (text: string) => void
}): React.JSX.Element {
  const { value, label, readOnly, problem, onChange } = props
  const id = useId()
  return (
    <div className="editor">
      <div className="editor-scroll">
        <div className="editor-behind" aria-hidden="true">
          {value.split('\n').map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by where it stands.
            <div key={index} className="editor-line" data-wrong={problem?.line === index + 1 ? '' : undefined}>
              <Tinted line={line} />
            </div>
          ))}
        </div>
        <textarea
          className="editor-field"
          aria-label={label}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : id}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          readOnly={readOnly}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      </div>
      {problem !== undefined && (
        <p className="editor-problem" id={id} role="status">
          {problem.line !== undefined && <strong>Line {problem.line}. </strong>}
          {problem.message}
        </p>
      )}
    </div>
  )
}

function Tinted({ line }: { readonly line: string }): React.JSX.Element {
  if (line === '') return <>{'\u200b'}</>
  return (
    <>
      {line.split(/(\{\{.*?\}\})/).map((part, index) =>
        part.startsWith('{{') ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a line are made anew with it.
          <span key={index} className="editor-braces">
            {part}
          </span>
        ) : (
          part
        ),
      )}
    </>
  )
}
