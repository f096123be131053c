using System.Globalization;
using Google.Protobuf;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Netcd.Simulation.Model;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Invariants;

/// <summary>
/// Applies the committed log to a model store, and holds every answer that a client gets against it: the result of a write,
/// the records that a read shows at its revision, and that no answer is older than what any client had seen before it asked.
/// The revisions name the order of all operations, so that no order has to be searched for: together these three are strict
/// serializability.
/// </summary>
internal sealed class ModelOracle
{
    private const string Name = "model";
    private const int MostListed = 400;

    private readonly ModelApplier model = new();
    private readonly Dictionary<ulong, (IMessage? Response, EtcdError? Error)> results = [];

    private readonly Dictionary<long, ulong> writers = [];

    /// <summary>Answers that were compared.</summary>
    public int Comparisons { get; private set; }

    /// <summary>Has the rules of leases hear of what the committed log does to them.</summary>
    public void Tell(LeaseRules rules) => model.LeaseChanged = (id, isGranted) =>
    {
        if (isGranted)
        {
            rules.Granted(id);
        }
        else
        {
            rules.Revoked(id);
        }
    };

    /// <summary>The revision after all that is committed.</summary>
    public long Revision => model.Store.Revision;

    /// <summary>Users and roles after all that is committed, and before.</summary>
    public AuthHistory Users => model.Users;

    /// <summary>The alarms after all that is committed.</summary>
    public NaiveAlarms Alarms => model.Alarms;

    /// <summary>The store after all that is committed.</summary>
    public ModelStore Store => model.Store;

    /// <summary>The ids of the requests that have taken a revision.</summary>
    public IReadOnlyDictionary<long, ulong> Writers => writers;

    /// <summary>An entry is committed, the first time that anyone knows it.</summary>
    public void Committed(in Entry entry)
    {
        if (entry.Type != EntryType.Normal || entry.Data.IsEmpty)
        {
            return;
        }

        InternalRaftRequest request = InternalRaftRequest.Parser.ParseFrom(entry.Data.Span);
        long before = Revision;
        bool isNew = results.TryAdd(request.Header.ID, model.Apply(request));
        model.Users.Applied(before, Revision);
        if (Revision > before)
        {
            writers[Revision] = request.Header.ID;
        }

        if (!isNew)
        {
            throw new ViolationException(
                Name, $"two committed requests have the id {request.Header.ID:x}: the second is entry {entry.Term}/{entry.Index}");
        }
    }

    /// <summary>A client was answered what a request of that id has come to.</summary>
    public void CheckWrite(ulong id, IMessage request, IMessage? response, EtcdError? error)
    {
        if (!results.TryGetValue(id, out (IMessage? Response, EtcdError? Error) expected))
        {
            throw new ViolationException(Name, $"a request was answered that is not committed: {Short(request)}");
        }

        Compare(request, expected.Response, response, expected.Error, error);
    }

    /// <summary>A client was answered a read at the revision that the answer names.</summary>
    public void CheckRead(RangeRequest request, RangeResponse response) =>
        Compare(request, model.Range(request, response.Header.Revision), response, null, null);

    /// <summary>An answer tells of a revision, and none of it may lie before what was seen when it was asked for.</summary>
    public void CheckAge(IMessage request, long revision, long seenBefore)
    {
        if (revision < seenBefore)
        {
            throw new ViolationException(Name, string.Create(
                CultureInfo.InvariantCulture,
                $"an answer is from the past: revision {revision}, where {seenBefore} had been seen before it was asked for: "
                    + $"{Short(request)}"));
        }

        if (revision > Revision)
        {
            throw new ViolationException(Name, string.Create(
                CultureInfo.InvariantCulture,
                $"an answer is from the future: revision {revision}, where {Revision} is committed: {Short(request)}"));
        }
    }

    private void Compare(IMessage request, IMessage? expected, IMessage? response, EtcdError? expectedError, EtcdError? error)
    {
        Comparisons++;
        if (!Equals(expected, response) || expectedError != error)
        {
            throw new ViolationException(
                Name,
                $"{Short(request)} was answered {Short(response)} {error?.Message}, expected {Short(expected)} {expectedError?.Message}");
        }
    }

    private static string Short(IMessage? message)
    {
        string text = message?.ToString() ?? "nothing";
        return text.Length > MostListed ? text[..MostListed] + "…" : text;
    }
}
