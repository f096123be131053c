using System.Globalization;

namespace Netcd.Raft.Tests.Text;

/// <content>Handling what nodes hand out, and delivering what they say.</content>
internal sealed partial class Scenario
{
    private void ProcessReady(ScenarioNode node)
    {
        Ready ready = node.Raft.Ready();
        Write(Describe.Ready(ready));
        if (!node.Config.AsyncStorageWrites)
        {
            node.Append(ready.HardState ?? default, ready.Entries, ready.Snapshot);
            node.Apply(ready.CommittedEntries);
        }

        foreach (Message message in ready.Messages)
        {
            switch (message.To)
            {
                case NodeId.AppendStorage:
                    node.AppendWork.Enqueue(message);
                    break;
                case NodeId.ApplyStorage:
                    node.ApplyWork.Enqueue(message);
                    break;
                default:
                    messages.Add(message);
                    break;
            }
        }

        if (!node.Config.AsyncStorageWrites)
        {
            node.Raft.Advance();
        }
    }

    private void ProcessAppend(ScenarioNode node)
    {
        if (!node.AppendWork.TryDequeue(out Message? work))
        {
            Write("no append work to perform");
            return;
        }

        Begin(work);
        node.Append(work.HardState, work.Entries, work.Snapshot);
        End(work);
    }

    private void ProcessApply(ScenarioNode node)
    {
        if (!node.ApplyWork.TryDequeue(out Message? work))
        {
            Write("no apply work to perform");
            return;
        }

        Begin(work);
        node.Apply(work.Entries);
        End(work);
    }

    private void Begin(Message work)
    {
        Message shown = work.Clone();
        shown.Responses = [];
        Write("Processing:\n");
        Write(Describe.Message(shown) + "\n");
    }

    private void End(Message work)
    {
        Write("Responses:\n");
        foreach (Message response in work.Responses)
        {
            Write(Describe.Message(response) + "\n");
        }

        messages.AddRange(work.Responses);
    }

    private void DeliverMessages(TextCase test)
    {
        MessageType? type = test.Value("type") is { } name ? Describe.MessageType(name) : null;
        int handled = 0;
        foreach (string id in test.Plain)
        {
            handled += Deliver(ulong.Parse(id, CultureInfo.InvariantCulture), type, drop: false);
        }

        foreach (string id in test.Arguments.Where(argument => argument.Key == "drop").SelectMany(argument => argument.Values))
        {
            handled += Deliver(ulong.Parse(id, CultureInfo.InvariantCulture), type, drop: true);
        }

        if (handled == 0)
        {
            Write("no messages\n");
        }
    }

    private int Deliver(ulong to, MessageType? type, bool drop)
    {
        List<Message> handled = Split(to, type, drop, out messages);
        foreach (Message message in handled)
        {
            Write($"{(drop ? "dropped: " : "")}{Describe.Message(message)}\n");
            if (!drop && nodes[(int)to - 1].Raft.Step(message) is var result and not StepResult.Ok)
            {
                Write($"{Describe.Result(result)}\n");
            }
        }

        return handled.Count;
    }

    private List<Message> Split(ulong to, MessageType? type, bool drop, out List<Message> others)
    {
        ILookup<bool, Message> chosen = messages.ToLookup(message =>
            message.To == to && !(drop && IsLocal(message)) && (type is null || message.Type == type));
        others = [.. chosen[false]];
        return [.. chosen[true]];
    }

    // What a node says to itself and to its storage is never lost.
    private static bool IsLocal(Message message) =>
        message.From == message.To || MessageTypes.IsLocalStorage(message.From) || MessageTypes.IsLocalStorage(message.To);

    private void Stabilize(TextCase test)
    {
        bool wasQuiet = isQuiet;
        if (test.Value("log-level") is { } level)
        {
            isQuiet = string.Equals(level, "none", StringComparison.OrdinalIgnoreCase);
        }

        List<ScenarioNode> nodes = Nodes(test);
        if (nodes.Count == 0)
        {
            nodes = this.nodes;
        }
        while (StabilizeOnce(nodes))
        {
        }

        isQuiet = wasQuiet;
    }

    private bool StabilizeOnce(List<ScenarioNode> nodes)
    {
        bool progressed = false;
        foreach (ScenarioNode node in nodes.Where(node => node.Raft.HasReady).ToList())
        {
            progressed = true;
            Write($"> {node.Raft.Id} handling Ready\n");
            Indented(() => ProcessReady(node));
        }

        foreach (ScenarioNode node in nodes)
        {
            if (Split(node.Raft.Id, null, drop: false, out _).Count == 0)
            {
                continue;
            }

            progressed = true;
            Write($"> {node.Raft.Id} receiving messages\n");
            Indented(() => Deliver(node.Raft.Id, null, drop: false));
        }

        progressed |= Drain(nodes, node => node.AppendWork, "processing append thread", ProcessAppend);
        progressed |= Drain(nodes, node => node.ApplyWork, "processing apply thread", ProcessApply);
        return progressed;
    }

    private bool Drain(List<ScenarioNode> nodes, Func<ScenarioNode, Queue<Message>> work, string doing, Action<ScenarioNode> process)
    {
        bool progressed = false;
        foreach (ScenarioNode node in nodes.Where(node => work(node).Count > 0))
        {
            progressed = true;
            Write($"> {node.Raft.Id} {doing}\n");
            while (work(node).Count > 0)
            {
                Indented(() => process(node));
            }
        }

        return progressed;
    }
}
