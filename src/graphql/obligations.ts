import { Field, InputType, ObjectType } from "type-graphql";
import type { Json as JsonValue } from "../domain/kernel/canonical.ts";
import type * as operations from "../domain/policy/operations.ts";
import type { Obligation as DomainObligation } from "../domain/policy/types.ts";
import type { Whole } from "./inputs.ts";
import { Json } from "./scalars.ts";

@ObjectType("Obligation", {
  simpleResolvers: true,
  description:
    "What the caller must do along with an ALLOW. A caller that does not know the type, or can't do it, must treat the answer as DENY.",
})
export class Obligation implements DomainObligation {
  @Field(() => String, { description: "What is to be done, such as `filter`, `redact` or `notify`." })
  readonly type!: string;
  @Field(() => Json, { nullable: true, description: "How, as the type defines it." })
  readonly parameters!: JsonValue;
}

@InputType("ObligationInput", { description: "An obligation that a rule attaches to what it allows." })
export class ObligationInput implements Whole<operations.ObligationInput> {
  @Field(() => String, {
    description: "A letter followed by letters, digits, `_`, `.` or `-`; at most 128 characters.",
  })
  readonly type!: string;
  @Field(() => Json, { nullable: true, description: "Handed on to the caller as it is." })
  readonly parameters!: JsonValue | undefined;
}
