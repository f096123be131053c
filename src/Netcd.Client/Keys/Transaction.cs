using Netcd.Protocol.V3;

namespace Netcd.Client.Keys;

/// <summary>
/// If all conditions hold, then the one branch, else the other: <c>Transaction.If(...).Then(...).Else(...)</c>. It is never changed; each
/// step gives another one.
/// </summary>
public sealed class Transaction
{
    private readonly Condition[] conditions;
    private readonly Operation[] then;
    private readonly Operation[] otherwise;

    private Transaction(Condition[] conditions, Operation[] then, Operation[] otherwise)
    {
        this.conditions = conditions;
        this.then = then;
        this.otherwise = otherwise;
    }

    /// <summary>Whether it can change something.</summary>
    internal bool IsWrite => then.Any(static part => part.IsWrite) || otherwise.Any(static part => part.IsWrite);

    /// <summary>On conditions; with none they hold.</summary>
    public static Transaction If(params Condition[] conditions) => new([.. conditions], [], []);

    /// <summary>Without a condition: all of these at one revision.</summary>
    public static Transaction Of(params Operation[] operations) => new([], [.. operations], []);

    /// <summary>Adds operations to the branch that is taken where all conditions hold.</summary>
    public Transaction Then(params Operation[] operations) => new(conditions, [.. then, .. operations], otherwise);

    /// <summary>Adds operations to the branch that is taken where a condition does not hold.</summary>
    public Transaction Else(params Operation[] operations) => new(conditions, then, [.. otherwise, .. operations]);

    internal Transaction Within(KeyPrefix prefix) => new(
        [.. conditions.Select(condition => condition.Within(prefix))],
        [.. then.Select(part => part.Within(prefix))],
        [.. otherwise.Select(part => part.Within(prefix))]);

    internal TxnRequest ToRequest()
    {
        TxnRequest request = new();
        request.Compare.AddRange(conditions.Select(static condition => condition.Compare));
        request.Success.AddRange(then.Select(static part => part.Request));
        request.Failure.AddRange(otherwise.Select(static part => part.Request));
        return request;
    }
}
