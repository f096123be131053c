using Netcd.Protocol.V3;

namespace Netcd.Engine.Apply;

/// <summary>Puts the answer of a transaction together, operation by operation; sub-answers carry the revision alone in their
/// headers.</summary>
internal sealed class TxnAnswer
{
    private readonly Stack<TxnResponse> levels = [];

    /// <summary>The whole answer; null before the transaction has begun.</summary>
    public TxnResponse? Whole { get; private set; }

    /// <summary>A transaction begins.</summary>
    public void Begin(bool succeeded)
    {
        TxnResponse response = new() { Succeeded = succeeded, Header = new ResponseHeader() };
        if (Whole is null)
        {
            Whole = response;
        }
        else
        {
            Add(new ResponseOp { ResponseTxn = response });
        }

        levels.Push(response);
    }

    /// <summary>The transaction that began last ends.</summary>
    public void End() => levels.Pop();

    /// <summary>Adds the answer of an operation.</summary>
    public void Add(ResponseOp answer) => levels.Peek().Responses.Add(answer);
}
