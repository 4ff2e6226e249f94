/**
 * Cases as files: taken out, and for who may, brought in. A file with rows that do not fit is refused whole, and says which.
 */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { ApiError, open, upload } from '../../api/client.ts'
import { decisionsQuery } from '../../api/queries.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { counted } from '../../parts/figures.tsx'
import { useMayEdit } from '../../shell/may-edit.ts'
import { toast, toastError } from '../../shell/toasts.tsx'
import { ChosenField } from './chosen-field.tsx'

export function CaseTools({ decision }: { readonly decision: string | undefined }): React.JSX.Element {
  const mayEdit = useMayEdit() === true
  const [importing, setImporting] = useState(false)
  return (
    <div className="case-tools">
      {decision !== undefined && (
        <>
          <ExportButton decision={decision} format="csv" />
          <ExportButton decision={decision} format="jsonl" />
        </>
      )}
      {decision === undefined && <span className="muted">Choose a decision to take its cases out as a file.</span>}
      {mayEdit && (
        <button type="button" className="button button-small" onClick={() => setImporting(true)}>
          Import…
        </button>
      )}
      {importing && <Import decision={decision} onClose={() => setImporting(false)} />}
    </div>
  )
}

/** Fetched rather than linked to: a link cannot carry a token. */
function ExportButton({ decision, format }: { readonly decision: string; readonly format: 'csv' | 'jsonl' }): React.JSX.Element {
  const taking = useMutation({
    mutationFn: async () => {
      const response = await open('GET', '/api/cases/export', undefined, { query: { decision, format } })
      const address = URL.createObjectURL(await response.blob())
      const link = document.createElement('a')
      link.href = address
      link.download = `${decision}.${format}`
      link.click()
      URL.revokeObjectURL(address)
    },
    onError: toastError,
  })
  return (
    <button type="button" className="button button-small" disabled={taking.isPending} onClick={() => taking.mutate()}>
      {format === 'csv' ? 'Export CSV' : 'Export JSON Lines'}
    </button>
  )
}

function Import({ decision, onClose }: { readonly decision: string | undefined; readonly onClose: () => void }): React.JSX.Element {
  const decisions = useQuery(decisionsQuery)
  const client = useQueryClient()
  const id = useId()
  const [into, setInto] = useState(decision ?? '')
  const [file, setFile] = useState<File>()
  const [refused, setRefused] = useState(false)
  const bringing = useMutation({
    mutationFn: (given: File) =>
      upload<{ imported: number; known: number }>('/api/cases', given, /\.csv$/i.test(given.name) ? 'text/csv' : 'application/x-ndjson', {
        query: { decision: into },
      }),
    onSuccess: ({ imported, known }) => {
      toast({
        tone: 'good',
        text: `${counted(imported, 'case')} imported.${known > 0 ? ` ${counted(known, 'case')} had been imported before.` : ''}`,
      })
      for (const key of ['cases', 'decisions', 'reviewers']) void client.invalidateQueries({ queryKey: [key] })
      onClose()
    },
  })
  return (
    <Dialog title="Import cases" onClose={onClose}>
      <form
        className="import"
        onSubmit={(event) => {
          event.preventDefault()
          setRefused(into === '')
          if (file !== undefined && into !== '') bringing.mutate(file)
        }}
      >
        <p className="muted">
          CSV with a row of names, or JSON Lines: the question’s fields (or <code>question</code>), <code>answer</code>, and where there are
          any <code>predicted</code>, <code>confidence</code>, <code>by</code>, <code>at</code>, <code>segment</code>, <code>version</code>.
          All of the file or nothing; the same file again adds nothing.
        </p>
        <ChosenField
          label="Decision"
          none="Choose…"
          value={into}
          choices={(decisions.data?.items ?? []).map(({ name }) => name)}
          wrong={refused && into === '' ? 'Choose the decision whose cases these are.' : undefined}
          onChange={setInto}
        />
        <div className="order-field">
          <label htmlFor={id}>File</label>
          <input id={id} type="file" required accept=".csv,.jsonl,.ndjson" onChange={(event) => setFile(event.target.files?.[0])} />
        </div>
        {bringing.error !== null && <Refused error={bringing.error} />}
        <button type="submit" className="button button-main" disabled={bringing.isPending}>
          {bringing.isPending ? 'Importing…' : 'Import'}
        </button>
      </form>
    </Dialog>
  )
}

/** The server's words: a line for the whole, then one for each row at fault. */
function Refused({ error }: { readonly error: Error }): React.JSX.Element {
  const [whole = '', ...rows] = error.message.split('\n')
  return (
    <div className="import-refused" role="alert">
      <p className="field-wrong">{error instanceof ApiError ? whole : error.message}</p>
      {rows.length > 0 && (
        <ul>
          {rows.map((row) => (
            <li key={row}>{row.trim()}</li>
          ))}
        </ul>
      )}
    </div>
  )
}
