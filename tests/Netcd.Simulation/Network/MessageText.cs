using System.Globalization;
using Netcd.Raft;
using Netcd.Simulation.Members;

namespace Netcd.Simulation.Network;

/// <summary>A message as a person reads it.</summary>
internal static class MessageText
{
    public static string Of(Message message, IMemberDirectory members)
    {
        string route = $"{members.NameOf(message.From)}→{members.NameOf(message.To)} {message.Type}";
        string what = message.Type switch
        {
            MessageType.Append => $"after {message.LogTerm}/{message.Index}, {Entries(message)}, commit {message.Commit}",
            MessageType.AppendResponse when message.Reject => $"rejects {message.Index}, hint {message.LogTerm}/{message.RejectHint}",
            MessageType.AppendResponse => $"up to {message.Index}",
            MessageType.Vote or MessageType.PreVote => $"log ends at {message.LogTerm}/{message.Index}",
            MessageType.VoteResponse or MessageType.PreVoteResponse => message.Reject ? "no" : "yes",
            MessageType.Heartbeat => $"commit {message.Commit}",
            MessageType.Snapshot => $"at {message.Snapshot?.Metadata.Term}/{message.Snapshot?.Metadata.Index}",
            MessageType.ReadIndex or MessageType.ReadIndexResponse => $"index {message.Index}",
            MessageType.Propose => Entries(message),
            _ => "",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{route} term {message.Term} {what}");
    }

    private static string Entries(Message message) => message.Entries.Length switch
    {
        0 => "no entries",
        1 => string.Create(CultureInfo.InvariantCulture, $"entry {message.Entries.Span[0].Term}/{message.Entries.Span[0].Index}"),
        int count => string.Create(
            CultureInfo.InvariantCulture, $"{count} entries to {message.Entries.Span[^1].Term}/{message.Entries.Span[^1].Index}"),
    };
}
