using System.Globalization;
using System.Text;
using Netcd.Raft.Wire;

namespace Netcd.Raft.Tests.Text;

/// <summary>Raft's types in the words of the text files.</summary>
internal static class Describe
{
    private static readonly string[] MessageNames =
    [
        "MsgHup", "MsgBeat", "MsgProp", "MsgApp", "MsgAppResp", "MsgVote", "MsgVoteResp", "MsgSnap", "MsgHeartbeat", "MsgHeartbeatResp",
        "MsgUnreachable", "MsgSnapStatus", "MsgCheckQuorum", "MsgTransferLeader", "MsgTimeoutNow", "MsgReadIndex", "MsgReadIndexResp",
        "MsgPreVote", "MsgPreVoteResp", "MsgStorageAppend", "MsgStorageAppendResp", "MsgStorageApply", "MsgStorageApplyResp",
        "MsgForgetLeader",
    ];

    private static readonly string[] EntryNames = ["EntryNormal", "EntryConfChange", "EntryConfChangeV2"];

    public static string Name(MessageType type) => MessageNames[(int)type];

    public static MessageType MessageType(string name) => (MessageType)Array.IndexOf(MessageNames, name);

    public static string State(HardState state) =>
        $"Term:{state.Term}{(state.Vote == 0 ? "" : $" Vote:{state.Vote}")} Commit:{state.Commit}";

    public static string Snapshot(Snapshot snapshot) =>
        $"Index:{snapshot.Metadata.Index} Term:{snapshot.Metadata.Term} ConfState:{snapshot.Metadata.ConfState}";

    public static string Ready(Ready ready)
    {
        StringBuilder text = new();
        if (ready.SoftState is { } soft)
        {
            text.Append(CultureInfo.InvariantCulture, $"Lead:{soft.Leader} State:State{soft.Role}\n");
        }

        if (ready.HardState is { IsEmpty: false } hard)
        {
            text.Append(CultureInfo.InvariantCulture, $"HardState {State(hard)}\n");
        }

        if (ready.ReadStates.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"ReadStates [{string.Join(' ', ready.ReadStates.Select(ReadState))}]\n");
        }

        if (!ready.Entries.IsEmpty)
        {
            text.Append("Entries:\n").Append(Entries(ready.Entries));
        }

        if (ready.Snapshot is { IsEmpty: false } snapshot)
        {
            text.Append(CultureInfo.InvariantCulture, $"Snapshot {Snapshot(snapshot)}\n");
        }

        if (!ready.CommittedEntries.IsEmpty)
        {
            text.Append("CommittedEntries:\n").Append(Entries(ready.CommittedEntries));
        }

        if (ready.Messages.Count > 0)
        {
            text.Append("Messages:\n");
        }

        foreach (Message message in ready.Messages)
        {
            text.Append(Message(message)).Append('\n');
        }

        return text.Length == 0 ? "<empty Ready>" : $"Ready MustSync={(ready.MustSync ? "true" : "false")}:\n{text}";
    }

    public static string Message(Message message) => Message("", message);

    public static string Entries(ReadOnlyMemory<Entry> entries)
    {
        StringBuilder text = new();
        foreach (Entry entry in entries.Span)
        {
            text.Append(Entry(entry)).Append('\n');
        }

        return text.ToString();
    }

    public static string Entry(Entry entry)
    {
        string data = entry.Type switch
        {
            EntryType.ConfChange => Changes(RaftWire.DecodeConfChange(entry.Data).ToV2()),
            EntryType.ConfChangeV2 => Changes(RaftWire.DecodeConfChangeV2(entry.Data)),
            _ => $"\"{Escaped(Encoding.UTF8.GetString(entry.Data.Span))}\"",
        };
        return $"{entry.Term}/{entry.Index} {EntryNames[(int)entry.Type]}{(data.Length > 0 ? " " + data : "")}";
    }

    private static string Escaped(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    public static string Changes(ConfChangeV2 change) => string.Join(' ', change.Changes.Select(single => single.Type switch
    {
        ConfChangeType.AddNode => $"v{single.NodeId}",
        ConfChangeType.AddLearnerNode => $"l{single.NodeId}",
        ConfChangeType.RemoveNode => $"r{single.NodeId}",
        _ => $"u{single.NodeId}",
    }));

    public static List<ConfChangeSingle> ParseChanges(string text) =>
    [
        .. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => new ConfChangeSingle(
            word[0] switch
            {
                'v' => ConfChangeType.AddNode,
                'l' => ConfChangeType.AddLearnerNode,
                'r' => ConfChangeType.RemoveNode,
                'u' => ConfChangeType.UpdateNode,
                _ => throw new FormatException($"unknown input: {word}"),
            },
            ulong.Parse(word.AsSpan(1), CultureInfo.InvariantCulture))),
    ];

    public static string Progress(ProgressStatus progress)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"State{progress.State} match={progress.Match} next={progress.Next}");
        if (progress.IsLearner)
        {
            text.Append(" learner");
        }

        if (progress.IsPaused)
        {
            text.Append(" paused");
        }

        if (progress.PendingSnapshot > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" pendingSnap={progress.PendingSnapshot}");
        }

        if (!progress.RecentActive)
        {
            text.Append(" inactive");
        }

        if (progress.InflightCount > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" inflight={progress.InflightCount}{(progress.IsInflightFull ? "[full]" : "")}");
        }

        return text.ToString();
    }

    public static string Result(StepResult result) => result switch
    {
        StepResult.ProposalDropped => "raft proposal dropped",
        StepResult.LocalMessageRefused => "raft: cannot step raft local message",
        StepResult.UnknownPeer => "raft: cannot step as peer not found",
        _ => "",
    };

    private static string ReadState(ReadState state) => $"{{{state.Index} [{string.Join(' ', state.Context.ToArray())}]}}";

    private static string Message(string indent, Message message)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{indent}{Target(message.From)}->{Target(message.To)} {Name(message.Type)}");
        text.Append(CultureInfo.InvariantCulture, $" Term:{message.Term} Log:{message.LogTerm}/{message.Index}");
        if (message.Reject)
        {
            text.Append(CultureInfo.InvariantCulture, $" Rejected (Hint: {message.RejectHint})");
        }

        if (message.Commit != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" Commit:{message.Commit}");
        }

        if (message.Vote != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" Vote:{message.Vote}");
        }

        if (message.Entries.Length == 1)
        {
            text.Append(CultureInfo.InvariantCulture, $" Entries:[{Entry(message.Entries.Span[0])}]");
        }
        else if (message.Entries.Length > 1)
        {
            text.Append(" Entries:[");
            foreach (Entry entry in message.Entries.Span)
            {
                text.Append(CultureInfo.InvariantCulture, $"\n{indent}  {Entry(entry)}");
            }

            text.Append(CultureInfo.InvariantCulture, $"\n{indent}]");
        }

        if (message.Snapshot is { IsEmpty: false } snapshot)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{indent}  Snapshot: {Snapshot(snapshot)}");
        }

        if (message.Responses.Count > 0)
        {
            text.Append(" Responses:[");
            foreach (Message response in message.Responses)
            {
                text.Append('\n').Append(Message(indent + "  ", response));
            }

            text.Append(CultureInfo.InvariantCulture, $"\n{indent}]");
        }

        return text.ToString();
    }

    private static string Target(ulong id) => id switch
    {
        NodeId.None => "None",
        NodeId.AppendStorage => "AppendThread",
        NodeId.ApplyStorage => "ApplyThread",
        _ => id.ToString("x", CultureInfo.InvariantCulture),
    };
}
