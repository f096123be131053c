using System.Globalization;
using Google.Protobuf;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Simulation.Histories;

/// <summary>
/// One operation of a client: what it asked, and what it knows of the answer. Request and response are the messages of the KV
/// service themselves, so that nothing that was answered is lost to the checker.
/// </summary>
internal sealed class Operation(int number, int process, IMessage request, Moment invoked)
{
    /// <summary>Its place in the history.</summary>
    public int Number { get; } = number;

    /// <summary>Who asked: one operation after the other, none while another one is under way.</summary>
    public int Process { get; } = process;

    /// <summary>A put, range, deletion, transaction or compaction.</summary>
    public IMessage Request { get; } = request;

    public Moment Invoked { get; } = invoked;

    /// <summary>When it ended for its client; null while it has not.</summary>
    public Moment? Returned { get; private set; }

    public Outcome Outcome { get; private set; } = Outcome.Pending;

    /// <summary>The answer, where there is one.</summary>
    public IMessage? Response { get; private set; }

    /// <summary>Why it was refused, or what the client was told although nobody knows.</summary>
    public EtcdError? Error { get; private set; }

    public bool IsAnswered => Outcome == Outcome.Answered;

    /// <summary>Whether it may change the store.</summary>
    public bool IsWrite => Request switch
    {
        RangeRequest => false,
        TxnRequest txn => Writes(txn),
        _ => true,
    };

    /// <summary>Whether it is content with what the member that it asked has.</summary>
    public bool IsSerializable => Request switch
    {
        RangeRequest range => range.Serializable,
        TxnRequest txn =>
            !Writes(txn) && txn.Success.Concat(txn.Failure).All(static operation => operation.RequestRange is { Serializable: true }),
        _ => false,
    };

    /// <summary>The store's revision in the answer's header; 0 where there is no answer.</summary>
    public long HeaderRevision => Response switch
    {
        PutResponse put => put.Header.Revision,
        DeleteRangeResponse delete => delete.Header.Revision,
        TxnResponse txn => txn.Header.Revision,
        RangeResponse range => range.Header.Revision,
        _ => 0,
    };

    /// <summary>It ends.</summary>
    public void Return(Moment returned, Outcome outcome, IMessage? response, EtcdError? error)
    {
        if (Returned is not null)
        {
            throw new InvalidOperationException($"operation {Number} ends twice");
        }

        (Returned, Outcome, Response, Error) = (returned, outcome, response, error);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"#{Number} of process {Process} ({Invoked.Step} to {Returned?.Step.ToString(CultureInfo.InvariantCulture) ?? "…"}, "
            + $"{Invoked.Microseconds / 1e6:F6} to {Returned?.Microseconds / 1e6:F6} s): {Request.Descriptor.Name} {Shortened(Request)} → "
            + $"{Outcome} {Shortened(Response)} {Error?.Message}");

    private static bool Writes(TxnRequest txn) => txn.Success.Concat(txn.Failure).Any(static operation => operation.RequestCase switch
    {
        RequestOp.RequestOneofCase.RequestPut or RequestOp.RequestOneofCase.RequestDeleteRange => true,
        RequestOp.RequestOneofCase.RequestTxn => Writes(operation.RequestTxn),
        _ => false,
    });

    private static string Shortened(IMessage? message)
    {
        string text = message?.ToString() ?? "";
        return text.Length <= 600 ? text : text[..600] + "…";
    }
}
