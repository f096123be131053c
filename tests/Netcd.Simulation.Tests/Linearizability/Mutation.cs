using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Netcd.Protocol.V3;
using Netcd.Simulation.Histories;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Tests.Linearizability;

/// <summary>Tells a history again with one lie in it.</summary>
internal static class Mutation
{
    // So far away that no other order of unknown writes can explain it.
    private const long Far = 1000;

    /// <summary>The same events; answers that are given are replaced.</summary>
    public static History Retell(History history, IReadOnlyDictionary<int, IMessage> answers)
    {
        History told = new(static () => 0);
        IEnumerable<(long Step, Operation Operation, bool IsEnd)> events = history.Operations
            .SelectMany(static operation => operation.Returned is { } end
                ? new[] { (operation.Invoked.Step, operation, false), (end.Step, operation, true) }
                : [(operation.Invoked.Step, operation, false)])
            .OrderBy(static entry => entry.Step);
        foreach ((_, Operation operation, bool isEnd) in events)
        {
            if (!isEnd)
            {
                told.Invoke(operation.Process, operation.Request);
            }
            else if (operation.IsAnswered)
            {
                told.Answer(told.Operations[operation.Number], answers.GetValueOrDefault(operation.Number, operation.Response!));
            }
            else
            {
                told.Forget(told.Operations[operation.Number], operation.Error);
            }
        }

        return told;
    }

    /// <summary>Changes a field of one answer, wherever it stands in it.</summary>
    public static History Change(History history, string field, SimulationRandom random)
    {
        List<(int Number, IMessage Answer, IMessage Part)> places = [.. history.Operations
            .Where(static operation => operation.IsAnswered)
            .Select(static operation => (operation.Number,
                Copy: operation.Response!.Descriptor.Parser.ParseFrom(operation.Response.ToByteString())))
            .SelectMany(answer => Parts(answer.Copy)
                .Where(part => part is not ResponseHeader && part.Descriptor.FindFieldByName(field) is not null)
                .Select(part => (answer.Number, answer.Copy, part)))];
        (int number, IMessage changed, IMessage place) = random.Pick(places);
        IFieldAccessor accessor = place.Descriptor.FindFieldByName(field).Accessor;
        accessor.SetValue(place, accessor.GetValue(place) is long value ? value + Far : Kv.Bytes("a lie"));
        return Retell(history, new Dictionary<int, IMessage> { [number] = changed });
    }

    /// <summary>Swaps the revisions of two answers, of which one was there before the other was asked for.</summary>
    public static History SwapRevisions(History history, SimulationRandom random)
    {
        List<Operation> answered = [.. history.Operations.Where(static operation => operation.IsAnswered)];
        List<(Operation First, Operation Second)> pairs = [.. answered.SelectMany(first => answered
            .Where(second => first.Returned!.Value.Step < second.Invoked.Step && first.HeaderRevision < second.HeaderRevision)
            .Select(second => (first, second)))];
        (Operation one, Operation other) = random.Pick(pairs);
        return Retell(history, new Dictionary<int, IMessage>
        {
            [one.Number] = At(one, other.HeaderRevision),
            [other.Number] = At(other, one.HeaderRevision),
        });
    }

    private static IMessage At(Operation operation, long revision)
    {
        IMessage copy = operation.Response!.Descriptor.Parser.ParseFrom(operation.Response.ToByteString());
        copy.Descriptor.FindFieldByName("header").Accessor.SetValue(copy, Kv.At(revision));
        return copy;
    }

    private static IEnumerable<IMessage> Parts(IMessage message) => message.Descriptor.Fields.InDeclarationOrder()
        .Where(static field => field.FieldType == FieldType.Message)
        .SelectMany(field => field.Accessor.GetValue(message) switch
        {
            IMessage inner => [inner],
            IEnumerable many => many.Cast<IMessage>(),
            _ => Enumerable.Empty<IMessage>(),
        })
        .SelectMany(Parts)
        .Prepend(message);
}
