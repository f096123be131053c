namespace Netcd.Micro;

/// <summary>
/// What a piece may cost on the machine of the baseline: what its comment promises, or two to three times what it takes there.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BudgetAttribute(double nanoseconds) : Attribute
{
    /// <summary>The time in nanoseconds.</summary>
    public double Nanoseconds { get; } = nanoseconds;
}
