using Google.Protobuf;
using Netcd.Protocol.Errors;

namespace Netcd.Simulation.Histories;

/// <summary>Every operation of every client in the order of their invocations.</summary>
/// <param name="microseconds">The virtual time.</param>
internal sealed class History(Func<long> microseconds)
{
    private readonly List<Operation> operations = [];
    private long steps;
    private int processes;

    public IReadOnlyList<Operation> Operations => operations;

    /// <summary>A client begins, or goes on after an operation whose outcome it does not know.</summary>
    public int NewProcess() => processes++;

    /// <summary>An operation begins.</summary>
    /// <param name="process">Who asks; none of its operations is under way.</param>
    /// <param name="request">What it asks. A copy is kept: what becomes of the message later changes nothing here.</param>
    public Operation Invoke(int process, IMessage request)
    {
        Operation operation = new(operations.Count, process, Copy(request), Now());
        operations.Add(operation);
        return operation;
    }

    /// <summary>It was answered.</summary>
    public void Answer(Operation operation, IMessage response) => operation.Return(Now(), Outcome.Answered, Copy(response), null);

    /// <summary>It was refused without an effect.</summary>
    public void Refuse(Operation operation, EtcdError? error) => operation.Return(Now(), Outcome.Refused, null, error);

    /// <summary>Its client will never know.</summary>
    public void Forget(Operation operation, EtcdError? error) => operation.Return(Now(), Outcome.Unknown, null, error);

    private static IMessage Copy(IMessage message) => message.Descriptor.Parser.ParseFrom(message.ToByteString());

    private Moment Now() => new(steps++, microseconds());
}
