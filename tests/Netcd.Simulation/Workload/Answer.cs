using Google.Protobuf;
using Netcd.Protocol.Errors;

namespace Netcd.Simulation.Workload;

/// <summary>How a call ended.</summary>
internal enum AnswerKind
{
    /// <summary>It was answered.</summary>
    Done,

    /// <summary>It was refused and has had no effect.</summary>
    Refused,

    /// <summary>Nobody knows whether it has had, or will have, an effect.</summary>
    Unknown,
}

/// <summary>What a client gets.</summary>
/// <param name="Kind">How the call ended.</param>
/// <param name="Response">The response, where it was answered.</param>
/// <param name="Error">Why it was refused, or what the client was told although nobody knows.</param>
/// <param name="AppliedId">The id of the entry that was applied; 0 where none was.</param>
internal sealed record Answer(AnswerKind Kind, IMessage? Response = null, EtcdError? Error = null, ulong AppliedId = 0)
{
    /// <summary>The connection broke, or time was up.</summary>
    public static Answer Lost { get; } = new(AnswerKind.Unknown);

    /// <summary>Nobody was there.</summary>
    public static Answer NotReached { get; } = new(AnswerKind.Refused);
}
