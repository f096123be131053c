using Netcd.Engine.Backend;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Records;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Apply;

/// <summary>
/// The parts of a write's answer that would take long to read: the state of their place in the transaction is kept, and they are read
/// from it when the write is through, on another thread. Nothing that is written depends on them, so no other member reads them at all.
/// </summary>
internal sealed class LateAnswer : IDisposable
{
    private readonly Queue<Part> parts = [];
    private BackendView? view;

    /// <summary>Whether all parts are read.</summary>
    public bool IsWhole => parts.Count == 0;

    /// <summary>Adds a range whose records are to be handed over.</summary>
    /// <param name="state">The state as it is at this place.</param>
    /// <param name="request">What to read.</param>
    /// <param name="fill">Takes what was read.</param>
    public void Add(ReadState state, RangeRequest request, Action<RangeResult> fill)
    {
        if (view is null)
        {
            // All parts are of one entry, and no commit goes over to another view within one.
            view = state.View;
            if (!view.TryAcquire())
            {
                throw new InvalidOperationException("the store was closed while an entry was being applied");
            }
        }

        parts.Enqueue(new Part(state, request, fill));
    }

    /// <summary>Bytes of records that were read so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Reads one part; where all that is read is more than a message can hold, it is not copied any more.</summary>
    public void ReadNext()
    {
        Part part = parts.Dequeue();
        RangeResult result = RangeReader.Read(part.State, part.Request);
        foreach (RecordBytes record in result.Records)
        {
            Bytes += record.Length;
        }

        if (Bytes <= Limits.TxnAnswerBytes)
        {
            part.Fill(result);
        }
    }

    /// <summary>Lets go of the state.</summary>
    public void Dispose()
    {
        view?.Release();
        view = null;
        parts.Clear();
    }

    private readonly record struct Part(ReadState State, RangeRequest Request, Action<RangeResult> Fill);
}
