using System.Globalization;
using System.Text;

namespace Netcd.Raft.Tests.Text;

/// <content>Commands that only our own scenarios use: faults of the network, restarts, reads, batches.</content>
internal sealed partial class Scenario
{
    private string ExtraCommand(TextCase test)
    {
        switch (test.Command)
        {
            // tick <id> <ticks>
            case "tick":
                Tick(Node(test), Number(test, 1));
                return "";
            // restart <id>
            case "restart":
                Node(test).Restart();
                return "";
            // propose-batch <id> <data>...
            case "propose-batch":
                ReadOnlyMemory<byte>[] payloads =
                    [.. test.Plain.Skip(1).Select(word => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(word))];
                return Describe.Result(Node(test).Raft.Propose(payloads));
            // read-index <id> <context>
            case "read-index":
                Node(test).Raft.ReadIndex(Encoding.UTF8.GetBytes(test.Plain.ElementAt(1)));
                return "";
            // report-snapshot <id> <of> failed|finished
            case "report-snapshot":
                SnapshotOutcome outcome = test.Plain.ElementAt(2) == "failed" ? SnapshotOutcome.Failed : SnapshotOutcome.Finished;
                Node(test).Raft.ReportSnapshot((ulong)Number(test, 1), outcome);
                return "";
            // duplicate-msgs <to>
            case "duplicate-msgs":
                Rearrange(test, messages => messages.SelectMany(message => new[] { message, message }));
                return "";
            // reverse-msgs <to>
            case "reverse-msgs":
                Rearrange(test, messages => Enumerable.Reverse(messages));
                return "";
            // messages: prints what is on its way
            case "messages":
                foreach (Message message in messages)
                {
                    Write($"{Describe.Message(message)}\n");
                }

                return "";
            default:
                return $"unknown command {test.Command}";
        }
    }

    private static int Number(TextCase test, int position) => int.Parse(test.Plain.ElementAt(position), CultureInfo.InvariantCulture);

    private void Rearrange(TextCase test, Func<IEnumerable<Message>, IEnumerable<Message>> rearrange)
    {
        List<Message> chosen = Split((ulong)Number(test, 0), null, drop: false, out messages);
        messages.AddRange(rearrange(chosen));
    }
}
